import type { FieldType } from '#model'

/** SQL that fetches a stored column as a table holds it: numbers as doubles, moments in epoch milliseconds, text. */
export function fetchedColumn(stored: string, type: FieldType): string {
  if (type === 'timestamp') return `cast(epoch_ms(${stored}) as double)`
  return type === 'categorical' || type === 'text' ? stored : `cast(${stored} as double)`
}
