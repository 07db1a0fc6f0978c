import { fail } from '../failures.ts'

/** @throws {Failure} `monitoring/binsDiffer` if the shapes differ */
export function sameBins(reference: readonly number[], current: readonly number[]): void {
  if (reference.length !== current.length)
    throw fail(
      'binsDiffer',
      `Cannot compare histograms: reference has ${reference.length} bins, current has ${current.length}`,
    )
}

/**
 * Counts as shares of their sum.
 * @throws {Failure} `monitoring/noCounts` if they sum to 0
 */
export function proportionsOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (!(total > 0)) throw fail('noCounts', 'Cannot compare histograms: one of them counts nothing')
  return counts.map((count) => count / total)
}
