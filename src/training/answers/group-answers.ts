import type { TrainingData } from '../schema.ts'
import { answerWidth, type AnswerTable } from './answer-table.ts'

/** How {@link groupAnswers} puts rows together. */
export interface Grouping {
  /** Place of each row's group, shape [rows], each in [0, count). */
  readonly places: Int32Array
  readonly count: number
  /** Rows' worth of the overall answer that every group is mixed with, ≥ 0. */
  readonly smoothing: number
}

/**
 * The answer of each group of rows: shares of the classes, or the mean of the numbers.
 *
 * answer = (Σᵢ wᵢ yᵢ + s · overall) / (Σᵢ wᵢ + s) over the group's rows, where y is 1 for the class and 0 otherwise, w
 * the weights, s the smoothing; a group without rows gives the overall answer.
 */
export function groupAnswers(data: TrainingData, { places, count, smoothing }: Grouping): AnswerTable {
  const classes = data.target.kind === 'classes' ? data.target.classes : []
  const width = answerWidth({ classes })
  const sums = new Float64Array(count * width)
  const totals = new Float64Array(count)
  addRows(data, places, { sums, totals, width })
  const overall = overallOf(sums, totals, width)
  for (let group = 0; group < count; group++) {
    const total = (totals[group] as number) + smoothing
    for (let k = 0; k < width; k++) {
      const at = group * width + k
      const base = overall[k] as number
      sums[at] = total > 0 ? ((sums[at] as number) + smoothing * base) / total : base
    }
  }
  return { task: data.task, classes, values: sums }
}

interface Tally {
  readonly sums: Float64Array
  readonly totals: Float64Array
  readonly width: number
}

function addRows({ target, weights }: TrainingData, places: Int32Array, { sums, totals, width }: Tally): void {
  for (let row = 0; row < places.length; row++) {
    const group = places[row] as number
    const weight = weights ? (weights[row] as number) : 1
    totals[group] = (totals[group] as number) + weight
    const at = group * width + (target.kind === 'classes' ? (target.labels[row] as number) : 0)
    const value = target.kind === 'classes' ? 1 : (target.values[row] as number)
    sums[at] = (sums[at] as number) + weight * value
  }
}

function overallOf(sums: Float64Array, totals: Float64Array, width: number): Float64Array {
  const overall = new Float64Array(width)
  for (let at = 0; at < sums.length; at++) overall[at % width] = (overall[at % width] as number) + (sums[at] as number)
  const total = totals.reduce((sum, value) => sum + value, 0)
  return overall.map((sum) => sum / total)
}
