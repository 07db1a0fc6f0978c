import type { Dataset } from '#dataset'
import type { Decisions, Truth } from '#evaluation'
import { outcomeRelation } from '#feedback'
import type { Scores } from '#model'
import { numbersOf, stringsOf, takeRows, type Table, type Workspace } from '#platform'
import { modelVersion } from '#registry'
import { predictionRelation } from '#serving'
import type { SystemVersion } from '#system'
import { placesWhere, type ArmRows } from '../arm-rows.ts'
import type { WindowEvidence, WindowSpan } from '../conclude-window.ts'
import { readReference } from '../reference.ts'
import { readTrainings } from '../store.ts'

export interface GatherOptions {
  readonly system: SystemVersion
  readonly dataset: Dataset
  readonly window: WindowSpan
}

/**
 * All that the prediction log and the outcomes hold of a window; null where nothing was predicted, or the version that
 * served most of it has no reference to compare with.
 */
export async function gatherWindow(workspace: Workspace, options: GatherOptions): Promise<WindowEvidence | null> {
  const { window, dataset } = options
  const rows = await readWindow(workspace, options)
  const championId = mostUsed(rows, 'champion')
  if (championId === null) return null
  const training = (await readTrainings(workspace.database, options.system.system)).findLast(
    (one) => one.result?.versionId === championId,
  )
  if (!training?.result?.referenceDigest) return null
  const challengerId = mostUsed(rows, 'challenger')
  return {
    ...window,
    inputs: {
      rowCount: rows.rowCount,
      columns: Object.fromEntries(
        dataset.inputs.map(({ name }) => [name, rows.columns[`in_${name}`] as Table['columns'][string]]),
      ),
    },
    champion: await armOf(workspace, rows, { ...options, arm: 'champion', versionId: championId }),
    challenger:
      challengerId === null
        ? null
        : await armOf(workspace, rows, { ...options, arm: 'challenger', versionId: challengerId }),
    reference: await readReference(workspace, training.result.referenceDigest),
    evaluation: (await modelVersion(workspace, championId)).evaluation,
  }
}

async function readWindow(workspace: Workspace, { system, dataset, window }: GatherOptions): Promise<Table> {
  const span = { system: system.system, fromMs: window.startMs, toMs: window.endMs }
  const predictions = await predictionRelation(workspace, { ...span, inputs: dataset.inputs })
  const outcomes = await outcomeRelation(workspace, { system: system.system })
  const inputs = dataset.inputs.map(
    ({ name }) => `p."${name.replaceAll('"', '""')}" as "in_${name.replaceAll('"', '""')}"`,
  )
  return workspace.lake.table(
    `select p.arm, p.version_id, p.label, p.probability, p.value, p.decision, o.label as true_label, o.value as true_value,
            o.prediction_id is not null as known, ${inputs.join(', ')}
     from ${predictions} as p left join ${outcomes} as o on o.prediction_id = p.id
     order by p.id`,
  )
}

/** The version that answered most rows of an arm; null where none did. */
function mostUsed(rows: Table, arm: string): string | null {
  const arms = stringsOf(rows, 'arm')
  const counts = new Map<string, number>()
  for (const [place, version] of stringsOf(rows, 'version_id').entries())
    if (arms[place] === arm && version !== null) counts.set(version, (counts.get(version) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? null
}

async function armOf(
  workspace: Workspace,
  rows: Table,
  { arm, versionId, dataset, system }: GatherOptions & { readonly arm: string; readonly versionId: string },
): Promise<ArmRows> {
  const arms = stringsOf(rows, 'arm')
  const versions = stringsOf(rows, 'version_id')
  const places = arms.flatMap((one, place) => (one === arm && versions[place] === versionId ? [place] : []))
  const mine = takeRows(rows, places)
  const known = numbersOf(mine, 'known')
  const failed = await predictionRelation(workspace, { system: system.system, failed: true })
  const [errors] = await workspace.lake.rows<{ n: number }>(
    `select count(*) as n from ${failed} as p where p.version_id = $version`,
    { version: versionId },
  )
  return {
    versionId,
    ...answersOf(mine, dataset),
    knownPlaces: placesWhere(known),
    errors: errors?.n ?? 0,
  }
}

/** Scores, decisions and truth as the log keeps them; of many classes only the most probable one is kept. */
function answersOf(rows: Table, { task, classes }: Dataset): { scores: Scores; decisions: Decisions; truth: Truth } {
  if (task === 'regression') {
    const values = numbersOf(rows, 'value')
    return {
      scores: { kind: 'numbers', values },
      decisions: { kind: 'numbers', values },
      truth: { kind: 'numbers', values: numbersOf(rows, 'true_value') },
    }
  }
  const place = (label: string | null): number => (label === null ? -1 : classes.indexOf(label))
  const labels = (column: string): Int32Array => Int32Array.from(stringsOf(rows, column), place)
  const probability = numbersOf(rows, 'probability')
  const likely = labels('label')
  const width = classes.length
  const probabilities = new Float64Array(rows.rowCount * width)
  for (let row = 0; row < rows.rowCount; row++) {
    const at = task === 'binary' ? 1 : (likely[row] as number)
    const rest = (1 - (probability[row] as number)) / Math.max(1, width - 1)
    probabilities.fill(rest, row * width, (row + 1) * width)
    probabilities[row * width + at] = probability[row] as number
  }
  return {
    scores: { kind: 'classes', classes, probabilities },
    decisions: { kind: 'classes', classes, labels: labels('decision') },
    truth: { kind: 'classes', classes, labels: labels('true_label') },
  }
}
