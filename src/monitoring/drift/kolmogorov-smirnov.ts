import { fail } from '../failures.ts'
import { cumulativePair, type CumulativePair, type SpreadHistogram } from './spread-histogram.ts'

/**
 * Kolmogorov-Smirnov statistic of two histograms: the greatest gap between their cumulative distributions.
 *
 * D = sup |F(x) − G(x)|, values taken to lie evenly within each bin; at most the D of the values themselves plus the mass of
 * one bin.
 *
 * @returns 0 (equal) to 1
 * @throws {Failure} `monitoring/binsDiffer` if the edges differ, `monitoring/noCounts` if one is empty
 */
export function kolmogorovSmirnov(reference: SpreadHistogram, current: SpreadHistogram): number {
  return gapBetween(cumulativePair(reference, current))
}

/**
 * Kolmogorov-Smirnov statistic of two samples, exactly: the statistic of SciPy's `ks_2samp`.
 * @param reference values without NaN, shape [rows]
 * @param current values without NaN, shape [other rows]
 * @throws {Failure} `monitoring/noCounts` if one is empty
 */
export function kolmogorovSmirnovOfSamples(reference: Float64Array, current: Float64Array): number {
  if (reference.length === 0 || current.length === 0)
    throw fail('noCounts', 'Cannot compare samples: one of them is empty')
  const [a, b] = [reference.toSorted(), current.toSorted()]
  let [i, j, gap] = [0, 0, 0]
  while (i < a.length || j < b.length) {
    const next = Math.min(a[i] ?? Infinity, b[j] ?? Infinity)
    while (a[i] === next) i++
    while (b[j] === next) j++
    gap = Math.max(gap, Math.abs(i / a.length - j / b.length))
  }
  return gap
}

/** sup |F − G|: of straight pieces, at one of the places. */
export function gapBetween({ reference, current }: CumulativePair): number {
  return reference.reduce((most, share, place) => Math.max(most, Math.abs(share - (current[place] as number))), 0)
}
