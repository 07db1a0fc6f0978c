import { takeRows } from '#platform'
import type { Target, TrainingData } from './schema.ts'

/** The rows at `places` with their targets, weights and times, in that order. */
export function takeTrainingRows(data: TrainingData, places: ArrayLike<number>): TrainingData {
  const { table, target, weights, times } = data
  return {
    ...data,
    table: takeRows(table, places),
    target: takeTarget(target, places),
    ...(weights && { weights: take(weights, places) }),
    ...(times && { times: take(times, places) }),
  }
}

function takeTarget(target: Target, places: ArrayLike<number>): Target {
  if (target.kind === 'numbers') return { kind: 'numbers', values: take(target.values, places) }
  const labels = new Int32Array(places.length)
  for (let i = 0; i < places.length; i++) labels[i] = target.labels[places[i] as number] as number
  return { ...target, labels }
}

function take(values: Float64Array, places: ArrayLike<number>): Float64Array {
  const out = new Float64Array(places.length)
  for (let i = 0; i < places.length; i++) out[i] = values[places[i] as number] as number
  return out
}
