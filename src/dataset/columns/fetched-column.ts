import type { FieldType } from '#model'

/**
 * SQL that fetches a column as a table holds it: numbers, truths as 0 and 1, moments in epoch milliseconds, text.
 *
 * Numbers that DuckDB hands over by the array stay as narrow as they are; others are fetched as doubles.
 *
 * @param column.sqlType DuckDB type, where it is known
 */
export function fetchedColumn(
  stored: string,
  { type, sqlType = '' }: { readonly type: FieldType; readonly sqlType?: string },
): string {
  if (type === 'timestamp') return `cast(epoch_ms(${stored}) as double)`
  if (type === 'boolean') return `cast(${stored} as tinyint)`
  if (type === 'categorical' || type === 'text') return stored
  return narrow.has(sqlType) ? stored : `cast(${stored} as double)`
}

const narrow: ReadonlySet<string> = new Set([
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'FLOAT',
  'DOUBLE',
])
