import { fail } from '../failures.ts'

/** A histogram over edges whose outermost bins end at the least and the greatest value. */
export interface SpreadHistogram {
  /** Ascending, shape [edges]. */
  readonly edges: readonly number[]
  /** Below the first edge, between the edges, from the last edge on, shape [edges + 1]. */
  readonly counts: readonly number[]
  readonly min: number
  readonly max: number
}

/** Two cumulative distributions at the same places, ascending; between places both are straight lines. */
export interface CumulativePair {
  readonly places: readonly number[]
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

/**
 * The cumulative distributions of two histograms over the same edges, values taken to lie evenly within each bin.
 * @throws {Failure} `monitoring/binsDiffer` or `monitoring/noCounts`
 */
export function cumulativePair(reference: SpreadHistogram, current: SpreadHistogram): CumulativePair {
  const same =
    reference.edges.length === current.edges.length &&
    reference.edges.every((edge, place) => edge === current.edges[place])
  if (!same) throw fail('binsDiffer', 'Cannot compare histograms: their edges differ')
  const both = [reference, current].flatMap(({ min, max }) => [min, max])
  const places = [...new Set([...reference.edges, ...both])].sort((a, b) => a - b)
  return { places, reference: cumulative(reference, places), current: cumulative(current, places) }
}

function cumulative({ edges, counts, min, max }: SpreadHistogram, places: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (!(total > 0)) throw fail('noCounts', 'Cannot compare histograms: one of them counts nothing')
  const bounds = [Math.min(min, edges[0] ?? min), ...edges, Math.max(max, edges.at(-1) ?? max)]
  let [bin, below] = [0, 0]
  return places.map((place) => {
    while (bin < counts.length && place >= (bounds[bin + 1] as number)) below += counts[bin++] as number
    if (bin >= counts.length) return 1
    const [from, to] = [bounds[bin] as number, bounds[bin + 1] as number]
    const within = place <= from ? 0 : (place - from) / (to - from)
    return (below + within * (counts[bin] as number)) / total
  })
}
