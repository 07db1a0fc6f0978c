import { sqlKind } from '../columns/sql-kind.ts'
import { integerIn, integerTypes } from './integer-range.ts'
import { leaveToSql, type Kind, type Range, type Value } from './value.ts'

/** How a column of a source stands in the SQL that reads request rows. */
export interface SourceColumn {
  readonly kind: Kind
  readonly range?: Range
  /** The value that the SQL sees of a checked value of a request, null left aside. */
  readonly read: (value: Value) => Value
}

/** The column of a DuckDB type; undefined for one whose values are left to DuckDB. */
export function sourceColumn(type: string): SourceColumn | undefined {
  const range = integerTypes.get(type)
  if (range) return { kind: 'integer', range, read: (value) => integerIn(range, value as number) }
  switch (type) {
    case 'DOUBLE':
      // JSON has no −0.
      return { kind: 'double', read: (value) => (value as number) + 0 }
    case 'BOOLEAN':
      return { kind: 'boolean', read: (value) => value }
    case 'TIMESTAMP':
      return { kind: 'moment', read: (value) => momentIn(value as number) }
    case 'DATE':
      return { kind: 'date', read: (value) => startOfDay(momentIn(value as number)) }
    default:
      return sqlKind(type) === 'text' ? { kind: 'text', read: (value) => wellFormed(value as string) } : undefined
  }
}

/** Moments of the years 1 to 9999, which ISO 8601 writes with four digits. */
function momentIn(moment: number): number {
  return moment >= -62_135_596_800_000 && moment <= 253_402_300_799_999 ? moment : leaveToSql()
}

/** Midnight of a moment, in epoch milliseconds. */
export const startOfDay = (moment: number): number => Math.floor(moment / dayMs) * dayMs + 0

const dayMs = 86_400_000

/** Text that is the same in UTF-8. */
function wellFormed(text: string): string {
  return text.isWellFormed() && !text.includes('\0') ? text : leaveToSql()
}
