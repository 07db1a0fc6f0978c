import { cellOf, quoteName, quoteText, type Blobs, type Column, type Lake, type Table } from '#platform'
import type { FieldType } from '#model'
import { fetchedColumn } from '../columns/fetched-column.ts'
import type { HistoryTable } from '../schema.ts'

/** The values that hold for one entity at one moment. */
export interface HistoryValues {
  /** One per column of the history; NaN is null. */
  readonly values: readonly number[]
  /** The refresh that they are of. */
  readonly refreshMs: number
  /** Whether that refresh is older than the moment asks for, because no newer outcome is known. */
  readonly isOld: boolean
  /** Whether the entity was ever seen. */
  readonly isKnown: boolean
}

/** The values of one history by entity and moment, in memory. */
export interface HistoryLookup {
  readonly table: HistoryTable
  /** @param key the entity: the cells of the columns of `by`, in their order; null in one of them is no entity */
  at(key: readonly Cell[], moment: number): HistoryValues
}

/** A value as a column of a table holds it. */
type Cell = number | string | null

/**
 * Reads the values of a history into memory, at 8 bytes for each value and refresh.
 * @param options.types types of the columns that name the entity
 */
export async function openHistory(
  lake: Lake,
  options: { readonly blobs: Blobs; readonly table: HistoryTable; readonly types: readonly FieldType[] },
): Promise<HistoryLookup> {
  const { blobs, table, types } = options
  await blobs.bringHere([table.digest])
  const file = `read_parquet(${quoteText(blobs.pathOf(table.digest))}, file_row_number = true)`
  const keys = table.by.map(
    (name, place) => `${fetchedColumn(quoteName(name), { type: types[place] as FieldType })} as k${place}`,
  )
  const groups = await lake.table(
    `select ${[...keys, 'cast(min(file_row_number) as double) as first', 'cast(count(*) as double) as number'].join(', ')}
     from ${file} group by all having count(*) > 0 order by first`,
  )
  const cell = (name: string, row: number): Cell => cellOf(groups.columns[name] as Column, row)
  const places = new Map(
    Array.from({ length: groups.rowCount }, (_, row) => [
      keyOf(table.by.map((_name, place) => cell(`k${place}`, row))),
      { first: cell('first', row) as number, count: cell('number', row) as number },
    ]),
  )
  const values = table.columns.map((name, place) => `cast(${quoteName(name)} as double) as v${place}`)
  const rows = await lake.table(`select cast(epoch_ms(as_of) as double) as as_of, ${values.join(', ')} from ${file}`)
  const loaded = {
    table,
    places,
    moments: numbersAt(rows, 'as_of'),
    columns: table.columns.map((_, at) => numbersAt(rows, `v${at}`)),
    none: table.columns.map(() => (table.counts ? 0 : NaN)),
  }
  return { table, at: (key, moment) => lookUp(loaded, key, moment) }
}

/** What stands for an entity in a map: its one value itself, which is cheaper than text of it. */
const keyOf = (cells: readonly Cell[]): Cell => (cells.length === 1 ? (cells[0] as Cell) : JSON.stringify(cells))

interface Loaded {
  readonly table: HistoryTable
  readonly places: ReadonlyMap<Cell, { readonly first: number; readonly count: number }>
  /** When each row begins to hold, and its values by column. */
  readonly moments: Float64Array
  readonly columns: readonly Float64Array[]
  /** Values of an entity that has none. */
  readonly none: readonly number[]
}

// oxlint-disable-next-line max-params -- a hot function
function lookUp(loaded: Loaded, key: readonly Cell[], moment: number): HistoryValues {
  const { table, places, moments, columns, none } = loaded
  const { everyMs, newestMs } = table
  const refresh = Math.floor(moment / everyMs) * everyMs
  const isOld = newestMs !== null && refresh > newestMs
  const asked = isOld ? newestMs : refresh
  const place = key.includes(null) ? undefined : places.get(keyOf(key))
  const row = place === undefined ? -1 : lastUntil(moments, place, asked)
  const values = row < 0 ? none : columns.map((column) => column[row] as number)
  return { values, refreshMs: asked, isOld, isKnown: place !== undefined }
}

const numbersAt = (rows: Table, name: string): Float64Array => {
  const column = rows.columns[name]
  return column?.kind === 'number' ? column.values : new Float64Array(0)
}

/** The last of the rows `first … first + count − 1` whose moment is not after `until`; −1 where there is none. */
// oxlint-disable-next-line max-params -- a hot loop
function lastUntil(moments: Float64Array, range: { first: number; count: number }, until: number): number {
  let low = range.first
  let high = range.first + range.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((moments[middle] as number) <= until) low = middle + 1
    else high = middle
  }
  return low - 1 >= range.first ? low - 1 : -1
}
