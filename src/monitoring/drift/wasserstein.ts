import { fail } from '../failures.ts'
import { cumulativePair, type CumulativePair, type SpreadHistogram } from './spread-histogram.ts'

/**
 * Wasserstein distance of two histograms: how far, on average, a value must move to turn one into the other.
 *
 * W₁ = ∫ |F(x) − G(x)| dx, values taken to lie evenly within each bin. In the unit of the column.
 *
 * @returns ≥ 0, and 0 when the histograms are equal
 * @throws {Failure} `monitoring/binsDiffer` if the edges differ, `monitoring/noCounts` if one is empty
 * @see Vallender (1974), doi:10.1137/1118101
 */
export function wassersteinDistance(reference: SpreadHistogram, current: SpreadHistogram): number {
  return areaBetween(cumulativePair(reference, current))
}

/**
 * Wasserstein distance of two samples, exactly: SciPy's `wasserstein_distance`.
 * @param reference values without NaN, shape [rows]
 * @param current values without NaN, shape [other rows]
 * @throws {Failure} `monitoring/noCounts` if one is empty
 */
export function wassersteinOfSamples(reference: Float64Array, current: Float64Array): number {
  if (reference.length === 0 || current.length === 0)
    throw fail('noCounts', 'Cannot compare samples: one of them is empty')
  const [a, b] = [reference.toSorted(), current.toSorted()]
  let [i, j, distance] = [0, 0, 0]
  let last = Math.min(a[0] as number, b[0] as number)
  while (i < a.length || j < b.length) {
    const next = Math.min(a[i] ?? Infinity, b[j] ?? Infinity)
    distance += Math.abs(i / a.length - j / b.length) * (next - last)
    while (a[i] === next) i++
    while (b[j] === next) j++
    last = next
  }
  return distance
}

/** ∫ |F − G| over straight pieces; a piece in which they cross is two triangles. */
export function areaBetween({ places, reference, current }: CumulativePair): number {
  let area = 0
  for (let i = 1; i < places.length; i++) {
    const width = (places[i] as number) - (places[i - 1] as number)
    const left = (reference[i - 1] as number) - (current[i - 1] as number)
    const right = (reference[i] as number) - (current[i] as number)
    area +=
      left * right >= 0
        ? (width * Math.abs(left + right)) / 2
        : (width * (left ** 2 + right ** 2)) / (2 * (Math.abs(left) + Math.abs(right)))
  }
  return area
}
