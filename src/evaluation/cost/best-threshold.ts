import type { Cost } from '#system'
import { alignedLabels, type Labels } from '../aligned-labels.ts'
import { argsort } from '../argsort.ts'
import { fail } from '../failures.ts'
import type { Truth } from '../schema.ts'
import { costMatrix } from './cost-matrix.ts'
import { calibratedThreshold, neverPositive, stakes } from './calibrated-threshold.ts'

/** A threshold and the mean money of a row under it. */
export interface PricedThreshold {
  readonly threshold: number
  readonly meanCost: number
}

export interface BestThreshold extends PricedThreshold {
  /** Least cost on these rows. */
  readonly empirical: PricedThreshold
  /** Closed form for calibrated probabilities. */
  readonly calibrated: PricedThreshold
}

/**
 * The threshold to decide with, from all that these rows can tell apart.
 *
 * An exact sweep over the distinct probabilities finds the least cost; a cut lies halfway between its neighbours. The
 * least of a noisy curve is too good to be true and moves from sample to sample, so of the cuts whose cost is within one
 * standard error (of the paired difference) of the least, the one nearest to the closed form t* is chosen: t* itself
 * unless the rows contradict it.
 *
 * @param probabilities of the positive class, shape [rows]
 * @param truth of the same rows, classes [negative, positive]
 * @throws {Failure} `evaluation/noRows`, `evaluation/rowsDiffer`, `evaluation/taskDiffers`, `evaluation/costDiffers`
 */
export function bestThreshold(
  probabilities: Float64Array,
  truth: Truth,
  { cost, weights }: { cost: Cost; weights?: Float64Array | undefined },
): BestThreshold {
  if (truth.kind === 'numbers') throw fail('taskDiffers', 'Cannot choose a threshold: the truth holds no classes')
  if (probabilities.length === 0) throw fail('noRows', 'Cannot choose a threshold: there are no rows')
  if (probabilities.length !== truth.labels.length)
    throw fail(
      'rowsDiffer',
      `Cannot choose a threshold: ${probabilities.length} probabilities, ${truth.labels.length} truths`,
    )
  const cuts = sweep(probabilities, { truth, cost, weights })
  const { thresholds, sums } = cuts
  let least = 0
  for (let cut = 1; cut < sums.length; cut++) if ((sums[cut] as number) < (sums[least] as number)) least = cut
  const form = calibratedThreshold(cost, truth.classes)
  const formCut = firstAbove(cuts.highest, form)
  const step = Math.sign(least - formCut)
  let chosen = formCut
  while (chosen !== least && !withinError(cuts, chosen, least)) chosen += step
  const priced = (cut: number, threshold: number): PricedThreshold => ({
    threshold,
    meanCost: (cuts.allPositive + (sums[cut] as number)) / cuts.total,
  })
  return {
    ...priced(chosen, chosen === formCut ? form : (thresholds[chosen] as number)),
    empirical: priced(least, thresholds[least] as number),
    calibrated: priced(formCut, form),
  }
}

/** Cut k decides the k lowest distinct probabilities negative and the others positive. */
interface Cuts {
  /** A probability that makes the cut, shape [cuts]. */
  readonly thresholds: Float64Array
  /** The greatest probability that each cut decides negative, shape [cuts]; −∞ for the first. */
  readonly highest: Float64Array
  /** Money of each cut less that of deciding everything positive, shape [cuts]. */
  readonly sums: Float64Array
  /** Sum of the squares of the rows' differences from deciding everything positive, shape [cuts]. */
  readonly squares: Float64Array
  readonly allPositive: number
  /** Sum of the weights. */
  readonly total: number
  readonly rows: number
}

function sweep(
  probabilities: Float64Array,
  { truth, cost, weights }: { truth: Labels; cost: Cost; weights: Float64Array | undefined },
): Cuts {
  const { labels } = alignedLabels(truth, truth.classes, 'binary')
  const { money } = costMatrix(cost, truth.classes, truth.classes)
  const [risk, saving] = stakes(cost, truth.classes)
  const order = argsort(probabilities)
  const highest = [-Infinity]
  const sums = [0]
  const squares = [0]
  let [sum, square, allPositive, total] = [0, 0, 0, 0]
  for (let i = 0; i < order.length; i++) {
    const row = order[i] as number
    const weight = weights ? (weights[row] as number) : 1
    const change = weight * (labels[row] === 1 ? saving : -risk)
    sum += change
    square += change * change
    allPositive += weight * (money[2 * (labels[row] as number) + 1] as number)
    total += weight
    const probability = probabilities[row] as number
    if (i + 1 < order.length && probabilities[order[i + 1] as number] === probability) continue
    highest.push(probability)
    sums.push(sum)
    squares.push(square)
  }
  const thresholds = highest.map((low, cut) => (cut === 0 ? 0 : between(low, highest[cut + 1])))
  return {
    thresholds: Float64Array.from(thresholds),
    highest: Float64Array.from(highest),
    sums: Float64Array.from(sums),
    squares: Float64Array.from(squares),
    allPositive,
    total,
    rows: order.length,
  }
}

/** A threshold above `low` and at most `high`; above every row where there is no `high`. */
function between(low: number, high: number | undefined): number {
  if (high === undefined && low >= 1) return neverPositive
  const middle = (low + (high ?? 1)) / 2
  return middle > low ? middle : (high ?? 1)
}

/** How many distinct probabilities lie below the threshold: its cut. */
function firstAbove(highest: Float64Array, threshold: number): number {
  let cut = 0
  while (cut + 1 < highest.length && (highest[cut + 1] as number) < threshold) cut++
  return cut
}

/** Whether the money that separates two cuts is no more than one standard error of that difference. */
function withinError({ sums, squares, rows }: Cuts, cut: number, least: number): boolean {
  const difference = (sums[cut] as number) - (sums[least] as number)
  const spread = Math.abs((squares[cut] as number) - (squares[least] as number)) - difference ** 2 / rows
  return difference <= Math.sqrt(Math.max(0, spread))
}
