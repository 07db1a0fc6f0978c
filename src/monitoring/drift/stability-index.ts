import { sameBins } from './same-bins.ts'

/** What an empty bin counts as, as a share of all rows: Evidently's. */
const emptyShare = 1e-4

/**
 * Population stability index: how far `current` has moved from `reference`.
 *
 * PSI = Σᵢ (cᵢ − rᵢ) ln(cᵢ / rᵢ), the Jeffreys divergence of the two histograms. An empty bin counts as 0.0001 (of both,
 * then it adds nothing); the others are not scaled down for it.
 *
 * @param reference proportions, shape [bins], summing to 1
 * @param current proportions over the same bins, shape [bins]
 * @returns drift in nats, ≥ 0, and 0 when the histograms are equal
 * @throws {Failure} `monitoring/binsDiffer` if the shapes differ
 * @see Jeffreys (1946), doi:10.1098/rspa.1946.0056
 */
export function stabilityIndex(reference: readonly number[], current: readonly number[]): number {
  sameBins(reference, current)
  return reference.reduce((sum, share, bin) => sum + stabilityPart(share, current[bin] as number), 0)
}

/** What one bin adds to the index; ≥ 0. */
export function stabilityPart(reference: number, current: number): number {
  const r = reference > 0 ? reference : emptyShare
  const c = current > 0 ? current : emptyShare
  return (c - r) * Math.log(c / r)
}
