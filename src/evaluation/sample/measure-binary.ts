import type { BinaryCells } from './binary-cells.ts'
import type { Measures } from './sample.ts'

/**
 * Every metric of a binary task, in one pass from the highest probability down.
 * @param weights of the cells, shape [cells]
 */
export function measureBinary(cells: BinaryCells, weights: Float64Array): Measures {
  const { order, tie, positive, predicted } = cells
  let [positives, negatives, groupPositives, groupNegatives] = [0, 0, 0, 0]
  let [ranked, precisions, truePositives, decided] = [0, 0, 0, 0]
  let [logLoss, brier, cost] = [0, 0, 0]
  const width = new Float64Array(15)
  const count = new Float64Array(10)
  for (let i = order.length - 1; i >= 0; i--) {
    const cell = order[i] as number
    const weight = weights[cell] as number
    if (weight > 0) {
      const actual = positive[cell] as number
      logLoss += weight * (cells.logLoss[cell] as number)
      brier += weight * (cells.brier[cell] as number)
      if (cells.cost) cost += weight * (cells.cost[cell] as number)
      if (predicted[cell] === 1) {
        decided += weight
        truePositives += weight * actual
      }
      const gap = weight * (actual - (cells.probability[cell] as number))
      const [w, c] = [cells.widthBin[cell] as number, cells.countBin[cell] as number]
      width[w] = (width[w] as number) + gap
      count[c] = (count[c] as number) + gap
      if (actual === 1) groupPositives += weight
      else groupNegatives += weight
    }
    if (i > 0 && tie[order[i - 1] as number] === tie[cell]) continue
    ranked += groupNegatives * (positives + groupPositives / 2)
    positives += groupPositives
    negatives += groupNegatives
    if (groupPositives > 0) precisions += (groupPositives * positives) / (positives + negatives)
    groupPositives = groupNegatives = 0
  }
  const total = positives + negatives
  const falsePositives = decided - truePositives
  return {
    'expected-cost': cells.cost ? (cells.per * cost) / total : NaN,
    auc: ranked / (positives * negatives),
    'average-precision': precisions / positives,
    'log-loss': logLoss / total,
    brier: brier / total,
    accuracy: (truePositives + negatives - falsePositives) / total,
    precision: decided > 0 ? truePositives / decided : 0,
    recall: positives > 0 ? truePositives / positives : 0,
    f1: decided + positives > 0 ? (2 * truePositives) / (decided + positives) : 0,
    'ece-equal-width': absoluteSum(width) / total,
    'ece-equal-count': absoluteSum(count) / total,
  }
}

/** Σ_b n_b/n |mean y − mean p| is Σ_b |Σ (y − p)| / n. */
const absoluteSum = (gaps: Float64Array): number => gaps.reduce((sum, gap) => sum + Math.abs(gap), 0)
