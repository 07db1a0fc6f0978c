import type { Table } from '#platform'
import { fail } from '../failures.ts'

/**
 * The places of the rows of each segment, ascending, in the order in which the segments first appear. Rows without a
 * segment are in none.
 * @param by a text column; one that is all missing has no segment
 * @throws {Failure} `model/missingInput` without that column, `model/wrongInputType` where it holds numbers
 */
export function rowsBySegment(table: Table, by: string): ReadonlyMap<string, Int32Array> {
  const column = table.columns[by]
  if (!column) throw fail('missingInput', `Cannot tell the segments of rows: the table has no column '${by}'`)
  if (column.kind === 'number') {
    if (column.values.every((value) => Number.isNaN(value))) return new Map()
    throw fail('wrongInputType', `Cannot tell the segments of rows: column '${by}' holds numbers, a segment is a text`)
  }
  const { codes, dictionary } = column
  const places = new Map<string, number[]>()
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    // No text is a missing one, as for every input.
    const segment = code < 0 ? '' : (dictionary[code] as string)
    if (segment === '') continue
    const held = places.get(segment)
    if (held) held.push(row)
    else places.set(segment, [row])
  }
  return new Map(Array.from(places, ([segment, rows]) => [segment, Int32Array.from(rows)]))
}
