import type { Dataset } from '#dataset'
import type { Scores } from '#model'
import { seededRandom, takeRows, type Digest, type Table, type Workspace } from '#platform'
import { binningsOf, chooseBinnings, profileTable, saveBinnings, type Binning, type ColumnProfile } from '#quality'
import type { SystemVersion } from '#system'
import { heldOutScores } from './held-out-scores.ts'
import { tableOf, type LearningRows } from './learning-rows.ts'
import { predictionBinning, profilePredictions } from './prediction-profile.ts'
import type { FittedCandidate } from './schema.ts'

/** What the windows of a version are compared with: the rows that it learned from, and its answers to unseen ones. */
export interface Reference {
  readonly binnings: readonly Binning[]
  readonly inputs: readonly ColumnProfile[]
  readonly prediction: ColumnProfile
  readonly predictionBinning: Binning
}

export interface ReferenceOptions {
  readonly system: SystemVersion
  readonly dataset: Dataset
  readonly rows: LearningRows
  readonly chosen: FittedCandidate
  /** Scores of the test rows, where they are still in memory. */
  readonly scores: Scores | undefined
}

/** Makes the reference of a trained candidate and keeps it as a blob. */
export async function keepReference(workspace: Workspace, options: ReferenceOptions): Promise<Digest> {
  const { system, dataset, rows, chosen } = options
  const { task } = dataset
  const learned = tableOf(rows.learned)
  const span = spanOf(rows)
  const binnings = await keptBinnings(workspace, { dataset, table: learned, seed: system.spec.seed })
  const scores = options.scores ?? (await heldOutScores(workspace, chosen, { rows, dataset }))
  const binning = predictionBinning(task, scores)
  const reference: Reference = {
    binnings,
    inputs: profileTable(learned, { fields: dataset.inputs, binnings, ...span }),
    prediction: profilePredictions(scores, { task, binning, ...span }),
    predictionBinning: binning,
  }
  return workspace.blobs.put(JSON.stringify(reference))
}

/** Reads a kept reference. */
export async function readReference(workspace: Workspace, digest: Digest): Promise<Reference> {
  return JSON.parse((await workspace.blobs.read(digest)).toString('utf8')) as Reference
}

/** The scope under which the inputs' binnings and profiles stand. */
export const inputScope = 'input'

const sampleRows = 20_000

interface BinningOptions {
  readonly dataset: Dataset
  readonly table: Table
  readonly seed: number
}

/** The binnings of the inputs: chosen at the first training and kept, so that profiles of all windows add up. */
async function keptBinnings(workspace: Workspace, options: BinningOptions): Promise<readonly Binning[]> {
  const { dataset } = options
  const scope = { system: dataset.system, scope: inputScope }
  const kept = (await binningsOf(workspace, scope)).filter(({ column }) =>
    dataset.inputs.some((input) => input.name === column),
  )
  const missing = dataset.inputs.filter((input) => !kept.some((binning) => binning.column === input.name))
  if (missing.length === 0) return kept
  const chosen = await chooseOnSample(workspace, { ...options, dataset: { ...dataset, inputs: missing } })
  const binnings = [...kept, ...chosen]
  await saveBinnings(workspace, { ...scope, binnings })
  return binnings
}

/** Bins chosen on a sample of what was learned from. */
async function chooseOnSample(
  workspace: Workspace,
  { dataset, table, seed }: BinningOptions,
): Promise<readonly Binning[]> {
  const random = seededRandom(`${seed}/binnings`)
  const places = Int32Array.from({ length: Math.min(sampleRows, table.rowCount) }, (_, place) =>
    table.rowCount <= sampleRows ? place : random.int(table.rowCount),
  )
  return workspace.lake.session(async (lake) => {
    await lake.putTable('loop_binning_sample', takeRows(table, places))
    try {
      return await chooseBinnings({ ...workspace, lake }, { relation: 'loop_binning_sample', fields: dataset.inputs })
    } finally {
      await lake.run('drop table loop_binning_sample')
    }
  })
}

function spanOf({ learned }: LearningRows): { startMs: number; endMs: number } {
  const { times } = learned.examples
  return times === null || times.length === 0
    ? { startMs: 0, endMs: 0 }
    : { startMs: times[0] as number, endMs: (times.at(-1) as number) + 1 }
}
