import { CompiledQuery } from 'kysely'
import type { Tables, Tracking } from './tables.ts'

/**
 * Inserts rows, many to a statement. Statements come in few sizes, so that the database knows them already: to make one of
 * a thousand rows takes longer than to run it.
 * @param options.conflict what follows `on conflict`
 */
export async function insertMany(
  tables: Tracking,
  options: {
    readonly into: keyof Tables
    readonly columns: readonly string[]
    readonly rows: readonly (readonly (string | number | null)[])[]
    readonly conflict: string
  },
): Promise<void> {
  const { into, columns, rows, conflict } = options
  let from = 0
  for (const size of sizes)
    for (; rows.length - from >= size; from += size) {
      const row = `(${columns.map(() => '?').join(', ')})`
      const text = `insert into ${into} (${columns.join(', ')}) values ${Array(size).fill(row).join(', ')} on conflict ${conflict}`
      await tables.executeQuery(CompiledQuery.raw(text, rows.slice(from, from + size).flat()))
    }
}

/** The last row of each key: no statement of PostgreSQL updates a row twice. */
export const lastOfEach = <Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
]

/** Rows of a statement that is asked so often that to build it each time would take longer than to run it. */
export async function rowsOf<Row>(
  tables: Tracking,
  text: string,
  parameters: readonly (string | number | null)[],
): Promise<Row[]> {
  return (await tables.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))).rows
}

/** SQLite takes 32,766 values a statement. */
const sizes = [512, 64, 8, 1]
