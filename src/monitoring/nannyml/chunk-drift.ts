import type { Column } from '#platform'
import { jensenShannonDistance } from '../drift/jensen-shannon.ts'
import { doaneEdges } from './doane-edges.ts'
import { referenceThreshold } from './reference-threshold.ts'

/** The drift of one column, chunk by chunk. */
export interface ChunkDrift {
  /** Jensen-Shannon distance (base 2) of each chunk of the reference from the whole of it. */
  readonly reference: readonly number[]
  readonly analysis: readonly number[]
  /** Above it a chunk has drifted. */
  readonly threshold: number
  /** Places of the chunks of the analysis that have. */
  readonly alerts: readonly number[]
}

/**
 * Drift as NannyML's univariate calculator finds it with its defaults, alert for alert.
 *
 * Numbers are counted in Doane's bins of the reference, text by value; a chunk's mass outside of them goes to one more bin,
 * empty in the reference. A chunk drifts above the mean plus 3 standard deviations of the reference's own chunks.
 *
 * @param reference what is normal, in its order; the last chunk may be short
 * @param analysis what came after
 * @param chunkRows rows of a chunk
 * @see NannyML 0.13, UnivariateDriftCalculator, methods `jensen_shannon`
 */
export function chunkDrift(reference: Column, analysis: Column, { chunkRows }: { chunkRows: number }): ChunkDrift {
  const binOf = binsOf(reference)
  const whole = proportions(reference, binOf, [0, rowsOf(reference)])
  const distances = (column: Column): number[] =>
    Array.from({ length: Math.ceil(rowsOf(column) / chunkRows) }, (_, chunk) =>
      jensenShannonDistance(whole, proportions(column, binOf, [chunk * chunkRows, (chunk + 1) * chunkRows])),
    )
  const [before, after] = [distances(reference), distances(analysis)]
  const threshold = referenceThreshold(before, { least: 0, most: 1 }).upper
  const alerts = after.flatMap((distance, chunk) => (distance > threshold ? [chunk] : []))
  return { reference: before, analysis: after, threshold, alerts }
}

interface Bins {
  readonly count: number
  /** The bin of a row; `count` for what lies outside of all, −1 for a missing number. */
  readonly of: (column: Column, row: number) => number
}

function binsOf(reference: Column): Bins {
  if (reference.kind === 'number') {
    const edges = doaneEdges(reference.values.filter((value) => !Number.isNaN(value)))
    const count = edges.length - 1
    return { count, of: (column, row) => edgeBin(edges, column.kind === 'number' ? column.values[row] : undefined) }
  }
  const places = new Map(reference.dictionary.map((value, place) => [value, place]))
  const count = reference.dictionary.length
  return {
    count,
    of: (column, row) => {
      const code = column.kind === 'string' ? (column.codes[row] as number) : -1
      return code < 0 || column.kind === 'number' ? count : (places.get(column.dictionary[code] as string) ?? count)
    },
  }
}

/** The last bin holds its upper edge too. */
function edgeBin(edges: readonly number[], value = NaN): number {
  const [bins, least, greatest] = [edges.length - 1, edges[0] as number, edges.at(-1) as number]
  if (Number.isNaN(value)) return -1
  if (value < least || value > greatest) return bins
  let bin = Math.min(bins - 1, Math.floor(((value - least) / (greatest - least)) * bins))
  if (value < (edges[bin] as number)) bin--
  else if (bin < bins - 1 && value >= (edges[bin + 1] as number)) bin++
  return bin
}

function proportions(column: Column, bins: Bins, [from, to]: readonly [number, number]): number[] {
  const counts = Array.from({ length: bins.count + 1 }, () => 0)
  let rows = 0
  for (let row = from; row < Math.min(to, rowsOf(column)); row++) {
    const bin = bins.of(column, row)
    if (bin < 0) continue
    counts[bin] = (counts[bin] as number) + 1
    rows++
  }
  return counts.map((count) => (rows > 0 ? count / rows : 0))
}

const rowsOf = (column: Column): number => (column.kind === 'number' ? column.values.length : column.codes.length)
