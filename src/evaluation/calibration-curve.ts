import { argsort } from './argsort.ts'
import type { CalibrationBin } from './schema.ts'

/**
 * How often the positive class occurs where the model gives it a probability: bins of equal count, lowest first. Rows of
 * equal probability stay together, so there may be fewer bins than asked for.
 *
 * @param probabilities of the positive class, shape [rows]
 * @param positive 1 where the row is positive, shape [rows]
 * @param weights shape [rows]
 */
export function calibrationCurve(
  probabilities: Float64Array,
  positive: ArrayLike<number>,
  { weights, bins = 10 }: { weights: Float64Array; bins?: number },
): CalibrationBin[] {
  const order = argsort(probabilities)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const groups = new Map<number, number[]>()
  let [below, seen, last] = [0, 0, NaN]
  for (const row of order) {
    const probability = probabilities[row] as number
    if (probability !== last) [below, last] = [seen, probability]
    const bin = Math.min(bins - 1, Math.floor((bins * below) / total))
    const group = groups.get(bin)
    if (group) group.push(row)
    else groups.set(bin, [row])
    seen += weights[row] as number
  }
  return [...groups.values()].map((rows) => {
    const weight = rows.reduce((sum, row) => sum + (weights[row] as number), 0)
    const mean = (values: ArrayLike<number>): number =>
      rows.reduce((sum, row) => sum + (weights[row] as number) * (values[row] as number), 0) / weight
    return {
      rows: rows.length,
      low: probabilities[rows[0] as number] as number,
      high: probabilities[rows.at(-1) as number] as number,
      predicted: weight > 0 ? mean(probabilities) : 0,
      observed: weight > 0 ? mean(positive) : 0,
    }
  })
}
