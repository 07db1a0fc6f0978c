import type { Cost } from '#system'
import { alignedLabels } from '../aligned-labels.ts'
import { fail } from '../failures.ts'
import type { Decisions, Truth } from '../schema.ts'
import { costMatrix, numberCostOf } from './cost-matrix.ts'

/**
 * The money that each decision cost, now that the truth is known.
 *
 * Classes: cost(actual, decided). Numbers: under · max(0, y − ŷ) + over · max(0, ŷ − y).
 *
 * @param decisions shape [rows]
 * @param truth of the same rows; its classes may be ordered otherwise or be more
 * @returns money, shape [rows]
 * @throws {Failure} `evaluation/rowsDiffer`, `evaluation/taskDiffers`, `evaluation/costDiffers`,
 *   `evaluation/classesDiffer`
 */
export function rowCosts(decisions: Decisions, truth: Truth, cost: Cost): Float64Array {
  if (decisions.kind === 'classes' && truth.kind === 'classes') {
    sameRows(decisions.labels, truth.labels)
    const task = decisions.classes.length === 2 && 'falseNegative' in cost ? 'binary' : 'multiclass'
    const { classes, labels } = alignedLabels(truth, decisions.classes, task)
    const { money } = costMatrix(cost, classes, decisions.classes)
    const width = decisions.classes.length
    const costs = new Float64Array(labels.length)
    for (let row = 0; row < costs.length; row++)
      costs[row] = money[(labels[row] as number) * width + (decisions.labels[row] as number)] as number
    return costs
  }
  if (decisions.kind === 'numbers' && truth.kind === 'numbers') {
    sameRows(decisions.values, truth.values)
    const { under, over } = numberCostOf(cost)
    return truth.values.map((actual, row) => {
      const miss = actual - (decisions.values[row] as number)
      return miss > 0 ? under * miss : over * Math.abs(miss)
    })
  }
  throw fail('taskDiffers', `Cannot price decisions: they are ${decisions.kind}, the truth is ${truth.kind}`)
}

/**
 * Money per so many predictions: per · Σ wᵢ cᵢ / Σ wᵢ.
 * @param costs money of each row, shape [rows], at least one
 */
export function costPer(costs: Float64Array, { per, weights }: { per: number; weights?: Float64Array }): number {
  let sum = 0
  let total = 0
  for (let row = 0; row < costs.length; row++) {
    const weight = weights ? (weights[row] as number) : 1
    sum += weight * (costs[row] as number)
    total += weight
  }
  return (per * sum) / total
}

function sameRows(a: { readonly length: number }, b: { readonly length: number }): void {
  if (a.length !== b.length)
    throw fail('rowsDiffer', `Cannot price decisions: there are ${a.length} decisions and ${b.length} truths`)
}
