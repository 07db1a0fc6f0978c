import { fail } from '../failures.ts'

/** A data frame of a request, row by row. */
export interface Frame {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  /** Whether every cell is text that is yet to be read, as in CSV. */
  readonly isText: boolean
}

/**
 * The data frame in `dataframe_split`: `{ columns?, data, index? }`. Columns without names are numbered; the index is
 * not looked at.
 * @throws {Failure} `serving/badInput`
 */
export function splitFrame(split: unknown): Frame {
  const wrong = (state: string) => fail('badInput', `Cannot read the request: dataframe_split ${state}`)
  if (!isObject(split)) throw wrong('is not an object')
  const extra = Object.keys(split).find((key) => !['columns', 'data', 'index'].includes(key))
  if (extra !== undefined) throw wrong(`has the field '${extra}' beside columns, data and index`)
  const { columns, data } = split
  if (!Array.isArray(data)) throw wrong('has no list data')
  if (columns !== undefined && columns !== null && !Array.isArray(columns))
    throw wrong('has columns that are not a list')
  // A list of cells is one column, to pandas too.
  const rows = data.map((row: unknown) => (Array.isArray(row) ? (row as unknown[]) : [row]))
  const names = columns ? (columns as unknown[]).map(String) : Array.from(rows[0] ?? [], (_, k) => String(k))
  const uneven = rows.findIndex((row) => row.length !== names.length)
  if (uneven >= 0)
    throw wrong(`has ${names.length} columns, but row ${uneven} of its data has ${rows[uneven]?.length} cells`)
  return { columns: names, rows, isText: false }
}

/**
 * The data frame in `dataframe_records`: a list of objects. Columns stand in the order in which they first occur, and
 * what a record lacks is missing.
 * @throws {Failure} `serving/badInput`
 */
export function recordsFrame(records: unknown): Frame {
  if (!Array.isArray(records)) throw fail('badInput', 'Cannot read the request: dataframe_records is not a list')
  const places = new Map<string, number>()
  for (const [k, record] of records.entries()) {
    if (!isObject(record))
      throw fail('badInput', `Cannot read the request: record ${k} of dataframe_records is not an object`)
    for (const name of Object.keys(record)) if (!places.has(name)) places.set(name, places.size)
    // Every row becomes as wide as all of them.
    if (places.size > mostColumns)
      throw fail('badInput', `Cannot read the request: dataframe_records has more than ${mostColumns} columns`)
  }
  const columns = [...places.keys()]
  const rows = records.map((record: Record<string, unknown>) =>
    columns.map((name) => (Object.hasOwn(record, name) ? record[name] : null)),
  )
  return { columns, rows, isText: false }
}

const mostColumns = 10_000

/** Whether a value of JSON is an object and not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
