import { sameBins } from './same-bins.ts'

/**
 * Jensen-Shannon divergence in nats: how many nats a draw tells, on average, about which histogram it is from.
 *
 * JSD = ½ Σᵢ [pᵢ ln(pᵢ / mᵢ) + qᵢ ln(qᵢ / mᵢ)], m = (p + q) / 2, with 0 ln 0 = 0: empty bins need no filling.
 *
 * @param reference proportions, shape [bins], summing to 1
 * @param current proportions over the same bins, shape [bins]
 * @returns 0 (equal) to ln 2 (nothing in common)
 * @throws {Failure} `monitoring/binsDiffer` if the shapes differ
 * @see Lin (1991), doi:10.1109/18.61115
 */
export function jensenShannonDivergence(reference: readonly number[], current: readonly number[]): number {
  sameBins(reference, current)
  return reference.reduce((sum, p, bin) => sum + jensenShannonPart(p, current[bin] as number), 0)
}

/**
 * Jensen-Shannon distance, base 2: √(JSD / ln 2), a metric from 0 (equal) to 1 (nothing in common).
 *
 * As NannyML has it; SciPy's `jensenshannon(p, q, base=2)`.
 *
 * @see {@link jensenShannonDivergence} for shapes and errors; Endres & Schindelin (2003), doi:10.1109/TIT.2003.813506
 */
export function jensenShannonDistance(reference: readonly number[], current: readonly number[]): number {
  return Math.sqrt(jensenShannonDivergence(reference, current) / Math.LN2)
}

/**
 * Jensen-Shannon distance, natural logarithm: √JSD, from 0 to √ln 2 = 0.8326.
 *
 * As Evidently has it; SciPy's `jensenshannon(p, q)`.
 *
 * @see {@link jensenShannonDivergence} for shapes and errors
 */
export function jensenShannonDistanceNats(reference: readonly number[], current: readonly number[]): number {
  return Math.sqrt(jensenShannonDivergence(reference, current))
}

/** What one bin adds to the divergence, in nats; ≥ 0. */
export function jensenShannonPart(p: number, q: number): number {
  const middle = (p + q) / 2
  const part = (share: number): number => (share > 0 ? share * Math.log(share / middle) : 0)
  return Math.max(0, (part(p) + part(q)) / 2)
}
