import type { BinaryCells } from './binary-cells.ts'
import { ratioInfluence, type Ratio } from './sample.ts'

/**
 * The influence of each row on a binary metric; null for average precision and the calibration errors.
 * @returns shape [cells]
 */
export function binaryInfluence(cells: BinaryCells, metric: string): Float64Array | null {
  if (metric === 'auc') return aucInfluence(cells)
  const ratio = ratioOf(cells, metric)
  return ratio && ratioInfluence(ratio, cells.weights)
}

function ratioOf({ positive, predicted, cost, ...cells }: BinaryCells, metric: string): Ratio | null {
  const hits = (times: number): Uint8Array => positive.map((actual, row) => times * actual * (predicted[row] as number))
  switch (metric) {
    case 'expected-cost':
      return cost && { over: cost.map((money) => cells.per * money) }
    case 'log-loss':
      return { over: cells.logLoss }
    case 'brier':
      return { over: cells.brier }
    case 'accuracy':
      return { over: positive.map((actual, row) => (actual === predicted[row] ? 1 : 0)) }
    case 'precision':
      return { over: hits(1), under: predicted }
    case 'recall':
      return { over: hits(1), under: positive }
    case 'f1':
      return { over: hits(2), under: positive.map((actual, row) => actual + (predicted[row] as number)) }
    default:
      return null
  }
}

/**
 * Placements: the share of negatives below a positive less the area, over the share of positives; for negatives likewise.
 * @see DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595
 */
function aucInfluence({ order, tie, positive, weights }: BinaryCells): Float64Array {
  let [positives, negatives] = [0, 0]
  for (let row = 0; row < weights.length; row++) {
    if (positive[row] === 1) positives += weights[row] as number
    else negatives += weights[row] as number
  }
  const placement = new Float64Array(weights.length)
  if (positives === 0 || negatives === 0) return placement
  let [below, belowNegatives, from, ranked] = [0, 0, 0, 0]
  for (let to = 1; to <= order.length; to++) {
    if (to < order.length && tie[order[to] as number] === tie[order[from] as number]) continue
    let [tiedPositives, tiedNegatives] = [0, 0]
    for (let i = from; i < to; i++) {
      const row = order[i] as number
      if (positive[row] === 1) tiedPositives += weights[row] as number
      else tiedNegatives += weights[row] as number
    }
    for (let i = from; i < to; i++) {
      const row = order[i] as number
      placement[row] =
        positive[row] === 1
          ? (belowNegatives + tiedNegatives / 2) / negatives
          : 1 - (below + tiedPositives / 2) / positives
    }
    ranked += tiedPositives * (belowNegatives + tiedNegatives / 2)
    below += tiedPositives
    belowNegatives += tiedNegatives
    from = to
  }
  const area = ranked / (positives * negatives)
  const total = positives + negatives
  return placement.map((place, row) => ((place - area) * total) / (positive[row] === 1 ? positives : negatives))
}
