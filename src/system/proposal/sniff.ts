import type { SourceSpec } from '../schema.ts'

/** What is known of a column of a file. What nobody looked at is absent. */
export interface ColumnSniff {
  readonly name: string
  /** DuckDB's type. */
  readonly type: string
  /** Rows without a value. */
  readonly nulls: number
  /** Number of different values. */
  readonly distinct?: number | undefined
  /** All different values, where they are few. */
  readonly values?: readonly (string | number | boolean)[] | undefined
  /** Least and greatest value; moments as ISO text. */
  readonly min?: number | string | null | undefined
  readonly max?: number | string | null | undefined
  /** Some values. */
  readonly sample?: readonly unknown[] | undefined
}

/** What is known of a file that a system is to be written for. */
export interface FileSniff {
  readonly kind: SourceSpec['kind']
  /** As the system file will name it: relative to its own folder, or absolute. */
  readonly path: string
  readonly columns: readonly ColumnSniff[]
  readonly rows: number
  /** Of CSV, where it is not a comma. */
  readonly delimiter?: string | null | undefined
  /** Some rows: they give the columns their samples where those have none. */
  readonly sample?: readonly Readonly<Record<string, unknown>>[] | undefined
}

/** The file with a sample in every column, from its rows. */
export function withSamples(file: FileSniff): FileSniff {
  const columns = file.columns.map((column) => ({
    ...column,
    sample: column.sample ?? file.sample?.map((row) => row[column.name]),
  }))
  return { ...file, columns }
}

/** What a DuckDB type holds. */
export function sniffKind(type: string): 'number' | 'boolean' | 'moment' | 'text' | 'other' {
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/.test(type)) return 'number'
  if (type === 'BOOLEAN') return 'boolean'
  if (/^(DATE|TIMESTAMP.*)$/.test(type)) return 'moment'
  return /^(VARCHAR|UUID|ENUM.*)$/s.test(type) ? 'text' : 'other'
}

/** All different values of a column, where they are known to be all. */
export function knownValues(column: ColumnSniff): readonly (string | number | boolean)[] | null {
  if (column.values && column.values.length > 0) return column.values
  const seen = [...new Set(column.sample?.filter((value) => value !== null && value !== undefined))]
  return column.distinct !== undefined && seen.length === column.distinct && seen.length > 0
    ? (seen as (string | number | boolean)[])
    : null
}

/** Number of different values, as far as it is known. */
export const distinctOf = (column: ColumnSniff): number | null =>
  column.distinct ?? column.values?.length ?? (column.type === 'BOOLEAN' ? 2 : null)
