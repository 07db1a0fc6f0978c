import { sameBins } from './same-bins.ts'

/**
 * The greatest difference of any one proportion, maxᵢ |cᵢ − rᵢ|: the L∞ distance of two histograms, 0 to 1.
 *
 * As TensorFlow Data Validation has it for categories.
 *
 * @param reference proportions, shape [bins]
 * @param current proportions over the same bins, shape [bins]
 * @throws {Failure} `monitoring/binsDiffer` if the shapes differ
 */
export function greatestGap(reference: readonly number[], current: readonly number[]): number {
  sameBins(reference, current)
  return reference.reduce((most, share, bin) => Math.max(most, Math.abs((current[bin] as number) - share)), 0)
}
