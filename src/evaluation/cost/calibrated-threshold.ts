import type { Cost } from '#system'
import { costMatrix } from './cost-matrix.ts'

/** A probability that no row reaches: nothing is ever decided positive. */
export const neverPositive = 1 + 2 ** -20

/**
 * The threshold of least expected cost if the probabilities are calibrated.
 *
 * t* = (FP − TN) / ((FP − TN) + (FN − TP)): deciding positive at p saves p (FN − TP) and risks (1 − p)(FP − TN).
 * Where acting can never pay it is {@link neverPositive}, where it always pays 0.
 *
 * @param cost money of each of the four outcomes
 * @param classes [negative, positive]
 * @throws {Failure} `evaluation/costDiffers`
 * @see Elkan (2001), The foundations of cost-sensitive learning, equation 2
 */
export function calibratedThreshold(cost: Cost, classes: readonly string[]): number {
  const [risk, saving] = stakes(cost, classes)
  if (saving <= 0) return risk <= 0 ? 0 : neverPositive
  return risk <= 0 ? 0 : risk / (risk + saving)
}

/** What a positive decision risks on a negative row, FP − TN, and saves on a positive row, FN − TP. */
export function stakes(cost: Cost, classes: readonly string[]): [risk: number, saving: number] {
  const [trueNegative, falsePositive, falseNegative, truePositive] = costMatrix(cost, classes, classes)
    .money as unknown as [number, number, number, number]
  return [falsePositive - trueNegative, falseNegative - truePositive]
}
