import type { Scores, Task } from '#model'
import { numberColumn, stringColumn, type EpochMs, type Table } from '#platform'
import { profileTable, type Binning, type ColumnProfile } from '#quality'

/** The name under which predictions are profiled, beside the inputs. */
const predictionColumn = 'prediction'

/** Bins for the predictions of a model: probabilities in twentieths, classes by name, numbers by their quantiles. */
export function predictionBinning(task: Task, scores: Scores): Binning {
  if (scores.kind === 'classes') {
    if (task === 'binary') return { column: predictionColumn, kind: 'edges', edges: twentieths }
    return { column: predictionColumn, kind: 'values', values: scores.classes }
  }
  const sorted = Float64Array.from(scores.values).sort()
  const edges = Array.from(
    { length: 19 },
    (_, place) => sorted[Math.floor(((place + 1) / 20) * (sorted.length - 1))] as number,
  )
  return { column: predictionColumn, kind: 'edges', edges: [...new Set(edges)] }
}

/** The profile of the predictions of one span. */
export function profilePredictions(
  scores: Scores,
  { task, binning, startMs, endMs }: { task: Task; binning: Binning; startMs: EpochMs; endMs: EpochMs },
): ColumnProfile {
  const table = predictionTable(task, scores)
  const type = binning.kind === 'values' ? 'categorical' : 'numeric'
  return profileTable(table, {
    fields: [{ name: predictionColumn, type }],
    binnings: [binning],
    startMs,
    endMs,
  })[0] as ColumnProfile
}

function predictionTable(task: Task, scores: Scores): Table {
  if (scores.kind === 'numbers')
    return { rowCount: scores.values.length, columns: { [predictionColumn]: numberColumn(scores.values) } }
  const { classes, probabilities } = scores
  const width = classes.length
  const rowCount = probabilities.length / width
  if (task === 'binary') {
    const positive = Float64Array.from({ length: rowCount }, (_, row) => probabilities[row * width + 1] as number)
    return { rowCount, columns: { [predictionColumn]: { kind: 'number', values: positive } } }
  }
  const best = Array.from({ length: rowCount }, (_, row) => classes[mostProbable(probabilities, row * width, width)])
  return { rowCount, columns: { [predictionColumn]: stringColumn(best) } }
}

// oxlint-disable-next-line max-params -- a hot loop over a flat array
function mostProbable(probabilities: ArrayLike<number>, start: number, width: number): number {
  let best = 0
  for (let place = 1; place < width; place++) {
    if ((probabilities[start + place] as number) > (probabilities[start + best] as number)) best = place
  }
  return best
}

const twentieths = Array.from({ length: 19 }, (_, place) => (place + 1) / 20)
