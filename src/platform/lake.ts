import type { DuckDBValue } from '@duckdb/node-api'
import type { Table } from './table.ts'

/** Values for the `?` or `$name` of a statement. */
export type Parameters = readonly DuckDBValue[] | Readonly<Record<string, DuckDBValue>>

/** DuckDB in process: SQL over Parquet files, CSV, JSON and tables in memory. Times are UTC. */
export interface Lake {
  /** Runs statements and drops their results. */
  run(sql: string, parameters?: Parameters): Promise<void>
  /** Rows as plain objects: integers are numbers, decimals numbers, moments ISO text, null is null. */
  rows<Row extends object = Record<string, unknown>>(sql: string, parameters?: Parameters): Promise<Row[]>
  /** The whole result by column. */
  table(sql: string, parameters?: Parameters): Promise<Table>
  /** Hands over the result piece by piece, some thousand rows each, in the order of the query: none of it is kept. */
  scan(sql: string, take: (piece: Table) => void): Promise<void>
  /** Columns that a query would give, with DuckDB's types, without running it. */
  describe(sql: string): Promise<readonly { readonly name: string; readonly type: string }[]>
  /** A connection of its own, for temporary tables and prepared statements; closed when `use` ends. */
  session<T>(use: (lake: Lake) => Promise<T>): Promise<T>
  /** Makes (or replaces) a table of DuckDB from columns; moments stay epoch milliseconds. */
  putTable(name: string, table: Table): Promise<void>
  close(): void
}

export interface LakeOptions {
  /** Folder where queries spill when memory runs out. */
  readonly folder: string
  readonly threads: number
  readonly memoryMb: number
}

/** SQL text of a name, quoted. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** SQL text of a string literal, quoted. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`
