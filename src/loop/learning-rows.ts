import type { Dataset, Examples } from '#dataset'
import { readExamples, splitExamples } from '#dataset'
import { durationMs, seededRandom, takeRows, type Column, type EpochMs, type Workspace } from '#platform'
import type { SystemSpec } from '#system'
import { shareTrainingData, type TrainingData } from '#training'

/** Rows to learn from and rows to be judged on, none of them in both. */
export interface Fold {
  readonly label: string
  readonly train: Int32Array
  readonly test: Int32Array
}

/** Everything that a training may see at one moment. */
export interface LearningRows {
  readonly examples: Examples
  readonly folds: readonly Fold[]
  /** All rows: what a model is made of once several folds have judged it. */
  readonly everything: Int32Array
  /** Start of the span that was learned from; null without a time column. */
  readonly fromMs: EpochMs | null
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
  const reach = split.kind === 'time' && split.window ? durationMs(split.window) + durationMs(split.holdout) : undefined
  const fromMs =
    dataset.time === null
      ? null
      : reach === undefined
        ? (dataset.timeRange?.fromMs ?? null)
        : nowMs - dataset.outcomeAfterMs - reach
  const examples = await readExamples(workspace, dataset, {
    ...(fromMs === null ? {} : { fromMs, toMs: nowMs }),
    knownAtMs: nowMs,
    onlyKnown: true,
    maxRows,
    seed: system.seed,
    columns: slices,
  })
  const folds = splitExamples(examples, split, { nowMs, random: seededRandom(`${system.seed}/split`) })
  const everything = Int32Array.from({ length: examples.table.rowCount }, (_, place) => place)
  return { examples, folds, everything, fromMs }
}

/**
 * The rows at `places`, as a trainer takes them, in memory that threads share: every candidate of a training reads the
 * same copy.
 */
export function trainingData(dataset: Dataset, examples: Examples, places: Int32Array): TrainingData {
  const held = shared.get(places)
  if (held) return held
  const { table, target } = examples
  const { inputs } = dataset
  const columns = Object.fromEntries(inputs.map((input) => [input.name, table.columns[input.name] as Column]))
  const data = shareTrainingData({
    task: dataset.task,
    inputs,
    table: takeRows({ rowCount: table.rowCount, columns }, places),
    target: takeTarget(target, places),
    ...(examples.weights ? { weights: takeNumbers(examples.weights, places) } : {}),
    ...(examples.times ? { times: takeNumbers(examples.times, places) } : {}),
  })
  shared.set(places, data)
  return data
}

const shared = new WeakMap<Int32Array, TrainingData>()

/** The truth of the rows at `places`. */
export function takeTarget(target: Examples['target'], places: Int32Array): Examples['target'] {
  return target.kind === 'numbers'
    ? { kind: 'numbers', values: takeNumbers(target.values, places) }
    : {
        kind: 'classes',
        classes: target.classes,
        labels: Int32Array.from(places, (place) => target.labels[place] as number),
      }
}

function takeNumbers(values: Float64Array, places: Int32Array): Float64Array {
  return Float64Array.from(places, (place) => values[place] as number)
}
