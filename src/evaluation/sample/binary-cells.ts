import { argsort } from '../argsort.ts'

/** Rows (or cells of like rows) of a binary task, shape [cells] each. */
export interface BinaryCells {
  readonly weights: Float64Array
  readonly counts: Float64Array
  /** Cells in ascending order of their probability. */
  readonly order: Uint32Array
  /** Cells of equal rank have the same number here; it grows along `order`. */
  readonly tie: Int32Array
  /** Means over the cell. */
  readonly probability: Float64Array
  readonly logLoss: Float64Array
  readonly brier: Float64Array
  readonly cost: Float64Array | null
  readonly positive: Uint8Array
  readonly predicted: Uint8Array
  /** Bin of equal width of 15, and of equal count of 10. */
  readonly widthBin: Uint8Array
  readonly countBin: Uint8Array
  readonly per: number
}

export interface BinaryRows {
  readonly probabilities: Float64Array
  /** Smallest step of the numbers that the probabilities came in: 2⁻²³ or 2⁻⁵². */
  readonly epsilon: number
  readonly positive: Uint8Array
  readonly predicted: Uint8Array
  readonly costs: Float64Array | null
  readonly weights: Float64Array
  readonly per: number
}

/** Every row as a cell of its own. */
export function binaryCells(rows: BinaryRows): BinaryCells {
  const { probabilities, positive, epsilon, weights } = rows
  const size = probabilities.length
  const order = argsort(probabilities)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const tie = new Int32Array(size)
  const countBin = new Uint8Array(size)
  let [rank, below, seen, last] = [-1, 0, 0, NaN]
  for (const row of order) {
    const probability = probabilities[row] as number
    if (probability !== last) [rank, below, last] = [rank + 1, seen, probability]
    tie[row] = rank
    countBin[row] = Math.min(9, Math.floor((10 * below) / total))
    seen += weights[row] as number
  }
  const logLoss = new Float64Array(size)
  const brier = new Float64Array(size)
  const widthBin = new Uint8Array(size)
  for (let row = 0; row < size; row++) {
    const probability = probabilities[row] as number
    const right = positive[row] === 1 ? probability : 1 - probability
    logLoss[row] = -Math.log(Math.min(1 - epsilon, Math.max(epsilon, right)))
    brier[row] = (1 - right) ** 2
    widthBin[row] = Math.min(14, Math.floor(15 * probability))
  }
  const { predicted, per } = rows
  const counts = new Float64Array(size).fill(1)
  const means = { probability: probabilities, logLoss, brier, cost: rows.costs }
  return { weights, counts, order, tie, ...means, positive, predicted, widthBin, countBin, per }
}
