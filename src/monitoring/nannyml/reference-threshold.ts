import { fail } from '../failures.ts'

/** Bounds that a statistic stays within while nothing is wrong. */
export interface ReferenceThreshold {
  readonly lower: number
  readonly upper: number
}

/**
 * Bounds learned from the reference itself: mean ± 3 standard deviations (ddof 0) of the statistic over chunks of it,
 * clipped to the values that the statistic can take.
 *
 * @param statistics of the chunks of the reference, at least one
 * @throws {Failure} `monitoring/noCounts` if there are none
 * @see NannyML 0.13, StandardDeviationThreshold
 */
export function referenceThreshold(
  statistics: readonly number[],
  { deviations = 3, least = -Infinity, most = Infinity } = {},
): ReferenceThreshold {
  if (statistics.length === 0) throw fail('noCounts', 'Cannot learn a threshold: the reference has no chunks')
  const mean = statistics.reduce((sum, value) => sum + value, 0) / statistics.length
  const variance = statistics.reduce((sum, value) => sum + (value - mean) ** 2, 0) / statistics.length
  const reach = deviations * Math.sqrt(variance)
  return { lower: Math.max(least, mean - reach), upper: Math.min(most, mean + reach) }
}
