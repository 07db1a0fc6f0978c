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

function ratioOf(cells: BinaryCells, metric: string): Ratio | null {
  const { positive, predicted, cost } = cells
  const actual = (row: number): number => positive[row] as number
  const decided = (row: number): number => predicted[row] as number
  const hit = (row: number): number => actual(row) * decided(row)
  switch (metric) {
    case 'expected-cost':
      return cost && { over: (row) => cells.per * (cost[row] as number) }
    case 'log-loss':
      return { over: (row) => cells.logLoss[row] as number }
    case 'brier':
      return { over: (row) => cells.brier[row] as number }
    case 'accuracy':
      return { over: (row) => (actual(row) === decided(row) ? 1 : 0) }
    case 'precision':
      return { over: hit, under: decided }
    case 'recall':
      return { over: hit, under: actual }
    case 'f1':
      return { over: (row) => 2 * hit(row), under: (row) => actual(row) + decided(row) }
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
  weights.forEach((weight, row) => {
    if (positive[row] === 1) positives += weight
    else negatives += weight
  })
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
