import type { BinaryCost, ClassCost, Cost, NumberCost } from '#system'
import { fail } from '../failures.ts'

/** Money of every pair of classes, row-major: `money[actual × predicted.length + predicted]`. */
export interface CostMatrix {
  readonly actual: readonly string[]
  readonly predicted: readonly string[]
  readonly money: Float64Array
}

const isBinary = (cost: Cost): cost is BinaryCost => 'falseNegative' in cost
const isNumber = (cost: Cost): cost is NumberCost => 'under' in cost

/**
 * The cost of a classification as a matrix.
 *
 * @param cost of two named kinds of error (two classes only), or of right and wrong with exceptions
 * @param actual classes of the truth; for a binary cost [negative, positive]
 * @param predicted classes of the decisions, in their order
 * @throws {Failure} `evaluation/costDiffers` when the cost is one of numbers, or binary for more than two classes
 */
export function costMatrix(cost: Cost, actual: readonly string[], predicted: readonly string[]): CostMatrix {
  const money = new Float64Array(actual.length * predicted.length)
  if (isBinary(cost)) {
    if (actual.length > 2 || predicted.length > 2)
      throw fail('costDiffers', `Cannot price decisions: the cost is of two classes, the task has ${actual.length}`)
    money.set([cost.trueNegative, cost.falsePositive, cost.falseNegative, cost.truePositive])
    return { actual, predicted, money }
  }
  const { right, wrong, matrix } = classCostOf(cost)
  actual.forEach((truth, a) => {
    predicted.forEach((decision, p) => {
      money[a * predicted.length + p] = matrix?.[truth]?.[decision] ?? (truth === decision ? right : wrong)
    })
  })
  return { actual, predicted, money }
}

/**
 * The cost of a regression.
 * @throws {Failure} `evaluation/costDiffers` when it is one of classes
 */
export function numberCostOf(cost: Cost): NumberCost {
  if (isNumber(cost)) return cost
  throw fail('costDiffers', 'Cannot price decisions: the cost is of classes, the decisions are numbers')
}

function classCostOf(cost: Cost): ClassCost {
  if (!isNumber(cost) && !isBinary(cost)) return cost
  throw fail('costDiffers', 'Cannot price decisions: the cost is of numbers, the decisions are classes')
}
