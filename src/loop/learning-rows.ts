import { readExamples, splitExamples, type Dataset, type Examples } from '#dataset'
import type { Truth } from '#evaluation'
import { durationMs, seededRandom, takeRows, type Column, type EpochMs, type Table, type Workspace } from '#platform'
import type { SystemSpec } from '#system'
import { shareTrainingData, type TrainingData } from '#training'
import { takeTruth } from './arm-rows.ts'

/** Some rows of some examples. */
export interface RowSlice {
  readonly examples: Examples
  readonly places: Int32Array
}

/** Rows to learn from and rows to be judged on, none of them in both. */
export interface Fold {
  readonly label: string
  readonly train: RowSlice
  readonly test: RowSlice
}

/** Everything that a training may see at one moment. */
export interface LearningRows {
  readonly folds: readonly Fold[]
  /** What the registered model is made of: the rows of the one fold, or all rows where several folds judge. */
  readonly learned: RowSlice
  /** The test rows of all folds, one after another: what every candidate is judged on. */
  readonly judged: RowSlice
}

export interface LearningOptions {
  readonly system: SystemSpec
  readonly dataset: Dataset
  /** Outcomes not known at this moment are not seen. */
  readonly nowMs: EpochMs
}

/** Reads the rows whose outcome is known now, within the window of the split, and splits them. The same every time. */
export async function learningRows(workspace: Workspace, options: LearningOptions): Promise<LearningRows> {
  const { system, dataset, nowMs } = options
  const { split, maxRows, slices } = system.evaluation
  const read = (span: { readonly fromMs?: number; readonly toMs?: number }): Promise<Examples> =>
    readExamples(workspace, dataset, {
      ...span,
      ...(dataset.time === null ? {} : { knownAtMs: nowMs }),
      onlyKnown: true,
      maxRows,
      seed: system.seed,
      columns: slices,
    })
  if (split.kind === 'time' && dataset.time !== null) {
    // Both sides have the full number of rows: the newest are few, and they decide.
    const toMs = nowMs - dataset.outcomeAfterMs
    const middleMs = toMs - durationMs(split.holdout)
    const fromMs = split.window ? middleMs - durationMs(split.window) : (dataset.timeRange?.fromMs ?? 0)
    // What was learned from must have been known when the first test row was asked.
    const train = all(await read({ fromMs, toMs: middleMs - dataset.outcomeAfterMs }))
    const test = all(await read({ fromMs: middleMs, toMs: toMs + 1 }))
    return { folds: [{ label: 'holdout', train, test }], learned: train, judged: test }
  }
  const examples = await read(dataset.time === null ? {} : { toMs: nowMs })
  const folds = splitExamples(examples, split, { nowMs, random: seededRandom(`${system.seed}/split`) }).map((fold) => ({
    label: fold.label,
    train: { examples, places: fold.train },
    test: { examples, places: fold.test },
  }))
  const [first] = folds
  const judged = { examples, places: Int32Array.from(folds.flatMap((fold) => [...fold.test.places])) }
  return { folds, judged, learned: folds.length === 1 && first ? first.train : all(examples) }
}

/** The columns of some rows, in the order of the places. */
export const tableOf = ({ examples, places }: RowSlice): Table =>
  isWhole(places, examples.table.rowCount) ? examples.table : takeRows(examples.table, places)

/** Whether the places are all rows in their own order; those of folds are all rows in another one. */
const isWhole = (places: Int32Array, rows: number): boolean =>
  places.length === rows && places.every((place, order) => place === order)

/** The truth of some rows. */
export const truthOf = ({ examples, places }: RowSlice): Truth => takeTruth(examples.target, places)

/**
 * Some rows as a trainer takes them, in memory that threads share: every candidate of a training reads the same copy.
 */
export function trainingData(dataset: Dataset, slice: RowSlice): TrainingData {
  const held = shared.get(slice)
  if (held) return held
  const { examples, places } = slice
  const { columns } = tableOf(slice)
  const data = shareTrainingData({
    task: dataset.task,
    inputs: dataset.inputs,
    table: {
      rowCount: places.length,
      columns: Object.fromEntries(dataset.inputs.map((input) => [input.name, columns[input.name] as Column])),
    },
    target: truthOf(slice),
    ...(examples.weights ? { weights: takeNumbers(examples.weights, places) } : {}),
    ...(examples.times ? { times: takeNumbers(examples.times, places) } : {}),
  })
  shared.set(slice, data)
  return data
}

const shared = new WeakMap<RowSlice, TrainingData>()

const all = (examples: Examples): RowSlice => ({
  examples,
  places: Int32Array.from({ length: examples.table.rowCount }, (_, place) => place),
})

const takeNumbers = (values: Float64Array, places: Int32Array): Float64Array =>
  Float64Array.from(places, (place) => values[place] as number)
