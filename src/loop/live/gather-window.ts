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
 *
 * Where the system keeps a sample of its predictions, this is that sample: shares, means and their intervals are right
 * without weights, and counts are those of what was kept. Inputs that it withholds are left out, of the reference too, so
 * that nothing is said to have vanished.
 */
export async function gatherWindow(workspace: Workspace, options: GatherOptions): Promise<WindowEvidence | null> {
  const { window, dataset } = options
  const asked = await askedVersions(workspace, options)
  const champion = asked.find(({ arm }) => arm === 'champion')
  if (!champion) return null
  const training = (await readTrainings(workspace.database, options.system.system)).findLast(
    (one) => one.result?.versionId === champion.versionId,
  )
  if (!training?.result?.referenceDigest) return null
  const rows = await readWindow(workspace, options)
  const withheld = new Set(options.system.spec.serving?.log.withhold.map((name) => name.toLowerCase()))
  const inputs = dataset.inputs.filter(({ name }) => !withheld.has(name.toLowerCase()))
  const reference = await readReference(workspace, training.result.referenceDigest)
  const challenger = asked.find(({ arm }) => arm === 'challenger')
  return {
    ...window,
    inputs: {
      rowCount: rows.rowCount,
      columns: Object.fromEntries(
        inputs.map(({ name }) => [name, rows.columns[`in_${name}`] as Table['columns'][string]]),
      ),
    },
    champion: armOf(rows, dataset, champion),
    challenger: challenger ? armOf(rows, dataset, challenger) : null,
    reference: { ...reference, inputs: reference.inputs.filter(({ column }) => !withheld.has(column.toLowerCase())) },
    evaluation: (await modelVersion(workspace, champion.versionId)).evaluation,
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

/** A version that was asked in a window, by the arm that it stood in. */
interface AskedVersion {
  readonly arm: string
  readonly versionId: string
  /** Requests that it failed to answer. */
  readonly errors: number
}

/** Versions by how much they answered, the most first: one that failed at everything is among them. */
async function askedVersions(
  workspace: Workspace,
  { system, window }: GatherOptions,
): Promise<readonly AskedVersion[]> {
  const span = { system: system.system, fromMs: window.startMs, toMs: window.endMs }
  const answers = await predictionRelation(workspace, span)
  const failures = await predictionRelation(workspace, { ...span, failed: true })
  const rows = await workspace.lake.rows<{ arm: string; version_id: string; errors: number }>(
    `select arm, version_id, count_if(error is not null) as errors
     from (from ${answers} as a union all from ${failures} as f)
     group by arm, version_id
     order by count_if(error is null) desc, errors desc, version_id`,
  )
  return rows.map(({ arm, version_id, errors }) => ({ arm, versionId: version_id, errors }))
}

function armOf(rows: Table, dataset: Dataset, { arm, versionId, errors }: AskedVersion): ArmRows {
  const arms = stringsOf(rows, 'arm')
  const versions = stringsOf(rows, 'version_id')
  const places = arms.flatMap((one, place) => (one === arm && versions[place] === versionId ? [place] : []))
  const mine = takeRows(rows, places)
  return {
    versionId,
    ...answersOf(mine, dataset),
    knownPlaces: placesWhere(numbersOf(mine, 'known')),
    errors,
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
  const labels = (column: string, among = classes): Int32Array =>
    Int32Array.from(stringsOf(rows, column), (label) => (label === null ? -1 : among.indexOf(label)))
  const probability = numbersOf(rows, 'probability')
  const likely = labels('label')
  // The world may have classes that the model has never seen; what it answers to them is wrong, and counts.
  const seen = stringsOf(rows, 'true_label').filter((label) => label !== null)
  const trueClasses = [...new Set([...classes, ...[...seen].sort()])]
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
    truth: { kind: 'classes', classes: trueClasses, labels: labels('true_label', trueClasses) },
  }
}
