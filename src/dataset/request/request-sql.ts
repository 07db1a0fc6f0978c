import { quoteName, quoteText, type Lake } from '#platform'
import { castColumn } from '../columns/cast-column.ts'
import { fetchedColumn } from '../columns/fetched-column.ts'
import { sqlKind } from '../columns/sql-kind.ts'
import type { DatasetColumn, SourceColumns } from '../schema.ts'
import { writeSyntax } from '../sql/syntax.ts'
import { keptName } from './narrow-select.ts'
import type { FormQuery, RequestForm } from './request-form.ts'

/** The SQL that makes dataset columns of request rows. */
export interface RequestQuery {
  /** Takes the rows as JSON in `$1` and gives them in order. */
  readonly sql: string
  /** Columns that it gives, as `c0`, `c1`, …: numbers, moments in epoch milliseconds, text. */
  readonly columns: readonly DatasetColumn[]
  /** DuckDB's types of those columns, before they are cast to the form in which datasets store them. */
  readonly sqlTypes: readonly string[]
  /** The columns of the source, in the order of the values of a row. */
  readonly source: readonly SourceField[]
  /** Whether it gives `kept`: 0 for a row that the condition of the dataset leaves out. */
  readonly tellsKept: boolean
}

/** A column of request rows. */
export interface SourceField {
  readonly name: string
  /** Whether its values are epoch milliseconds, which the SQL reads as ISO 8601 text. */
  readonly isMoment: boolean
}

/** Puts request rows in the place of the source of a dataset's SQL. */
export async function requestSql(
  lake: Lake,
  { form, query }: { form: RequestForm; query: FormQuery },
): Promise<RequestQuery> {
  const columns = form.needed.filter((column) => query.madeFrom.has(column.name))
  const select = await selectOf(lake, query)
  const from = (rows: string): string => `with ${quoteName(query.source.name)} as (${rows}) select`
  const given = await lake.describe(`${from(requestRows(query.source, "'[]'"))} * from (${select})`)
  const types = new Map(given.map(({ name, type }) => [name, type]))
  const stored = (column: DatasetColumn): string =>
    castColumn({ name: column.name, sqlType: types.get(column.name) ?? '' }, column.type) ?? quoteName(column.name)
  const selected = [
    ...columns.map((column, place) => `${fetchedColumn(stored(column), { type: column.type })} as c${place}`),
    ...(query.tellsKept ? [`cast(${quoteName(keptName)} as tinyint) as kept`] : []),
  ]
  return {
    sql: `${from(requestRows(query.source, '$1'))} ${selected.join(', ')} from (${select})`,
    columns,
    sqlTypes: columns.map(({ name }) => types.get(name) ?? ''),
    source: query.source.columns.map(({ name, type }) => ({ name, isMoment: sqlKind(type) === 'timestamp' })),
    tellsKept: query.tellsKept,
  }
}

async function selectOf(lake: Lake, { statement }: FormQuery): Promise<string> {
  const tree = writeSyntax({ error: false, statements: [statement] })
  const [row] = await lake.rows<{ sql: string }>(`select json_deserialize_sql(${quoteText(tree)}) as sql`)
  return row?.sql ?? ''
}

/** SQL of the rows of a request in the types of the source: numbers and truths by JSON, all else cast from text. */
function requestRows({ columns }: SourceColumns, rows: string): string {
  const isPlain = (type: string): boolean => sqlKind(type) === 'number' || sqlKind(type) === 'boolean'
  const shape = columns.map(({ name, type }) => [name, isPlain(type) ? type : 'VARCHAR'])
  const casts = columns.map(({ name, type }) => {
    const column = quoteName(name)
    if (isPlain(type) || sqlKind(type) === 'text') return column
    const moment = sqlKind(type) === 'timestamp' ? `cast(${column} as timestamp)` : column
    return `cast(${moment} as ${type}) as ${column}`
  })
  const structure = quoteText(JSON.stringify([Object.fromEntries(shape)]))
  return `select ${casts.join(', ')} from (select unnest(from_json_strict(${rows}, ${structure}), recursive := true))`
}
