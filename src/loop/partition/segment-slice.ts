import { stringsOf, stringColumn, type Column } from '#platform'
import type { PartitionSpec } from '#system'

/**
 * The column of the segments as an evaluation slices by it: the largest segments by name, all others together.
 * @returns nothing where the system is not partitioned
 */
export function segmentSlice(
  columns: Readonly<Record<string, Column>>,
  partition: PartitionSpec | undefined,
): Readonly<Record<string, Column>> {
  if (!partition) return {}
  const column = columns[partition.by]
  if (column?.kind !== 'string') return {}
  const counts = new Float64Array(column.dictionary.length)
  for (const code of column.codes) if (code >= 0) counts[code] = (counts[code] as number) + 1
  const places = Array.from(counts.keys()).filter((code) => (counts[code] as number) > 0)
  if (places.length <= shown) return { [partition.by]: column }
  const byRows = places.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
  const largest = new Set(byRows.slice(0, shown))
  const names = column.dictionary.map((name, code) => (largest.has(code) ? name : others))
  const texts = stringsOf({ rowCount: column.codes.length, columns: { by: { ...column, dictionary: names } } }, 'by')
  return { [partition.by]: stringColumn(texts) }
}

const shown = 20
const others = '(all others)'
