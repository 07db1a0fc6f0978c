import { z } from 'zod'
import { answersAt, type AnswerTable } from '../answers/answer-table.ts'
import type { Trainer } from '../schema.ts'
import { constantModel } from './constant-model.ts'

export interface MeanParams {
  /** `mean` is best by squared error, `median` by absolute error and where few values are huge. */
  readonly statistic: 'mean' | 'median'
}

/** Answers every row with the weighted mean or median of the target: the regression that knows nothing. */
export const meanTrainer: Trainer<MeanParams> = {
  kind: 'mean',
  rung: 0,
  tasks: ['regression'],
  defaults: { statistic: 'mean' },
  schema: z.strictObject({ statistic: z.enum(['mean', 'median']) }),
  fit: async ({ target, weights, inputs, task }, { statistic }) => {
    if (target.kind !== 'numbers') throw new TypeError('Cannot take a mean: the target holds classes')
    const value = statistic === 'mean' ? weightedMean(target.values, weights) : weightedMedian(target.values, weights)
    const answers: AnswerTable = { task, classes: [], values: Float64Array.of(value) }
    return {
      onnx: constantModel(inputs, answers),
      predict: (table) => answersAt(answers, new Int32Array(table.rowCount)),
      facts: { [statistic]: value },
      importance: [],
    }
  },
}

/** Σᵢ wᵢ yᵢ / Σᵢ wᵢ, with equal weights where there are none. */
export function weightedMean(values: Float64Array, weights: Float64Array | undefined): number {
  let sum = 0
  let total = 0
  for (let i = 0; i < values.length; i++) {
    const weight = weights ? (weights[i] as number) : 1
    sum += weight * (values[i] as number)
    total += weight
  }
  return sum / total
}

/** The least value up to which half of the weight lies; midway to the next where it is exactly half. */
export function weightedMedian(values: Float64Array, weights: Float64Array | undefined): number {
  const weightAt = (i: number): number => (weights ? (weights[i] as number) : 1)
  const order = Array.from(values.keys())
    .filter((i) => weightAt(i) > 0)
    .sort((a, b) => (values[a] as number) - (values[b] as number))
  const half = order.reduce((sum, i) => sum + weightAt(i), 0) / 2
  let passed = 0
  for (let k = 0; k < order.length; k++) {
    const value = values[order[k] as number] as number
    passed += weightAt(order[k] as number)
    if (passed > half || k === order.length - 1) return value
    if (passed === half) return (value + (values[order[k + 1] as number] as number)) / 2
  }
  return NaN
}
