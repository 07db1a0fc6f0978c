import { rowsBySegment } from '#model'
import type { PartitionSpec } from '#system'
import { tableOf, truthOf, type RowSlice } from '../learning-rows.ts'

/**
 * The rows of the segments that a model of their own can be learned from: enough rows, and every class that the other rows
 * have. In the order of the segments' names. Places are those in the slice.
 */
export function ownSegments(
  slice: RowSlice,
  { by, minRows }: Pick<PartitionSpec, 'by' | 'minRows'>,
): ReadonlyMap<string, Int32Array> {
  const truth = truthOf(slice)
  const classesAmong = (places: Iterable<number>): number => {
    if (truth.kind === 'numbers') return 0
    const seen = new Set<number>()
    for (const place of places) seen.add(truth.labels[place] as number)
    return seen.size
  }
  const every = classesAmong(slice.places.keys())
  const found = [...rowsBySegment(tableOf(slice), by)].filter(
    ([, places]) => places.length >= minRows && classesAmong(places) === every,
  )
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}
