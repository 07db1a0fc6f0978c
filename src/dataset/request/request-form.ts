import type { Lake } from '#platform'
import { fieldTypeOf } from '../columns/cast-column.ts'
import type { Dataset, DatasetColumn, RequestField, SourceColumns } from '../schema.ts'
import { parseSelect } from '../sql/parse-select.ts'
import { rowWise, type OutputColumn } from '../sql/row-wise.ts'
import { sqlFunctions } from '../sql/sql-functions.ts'
import { partAt, type Syntax } from '../sql/syntax.ts'
import { narrowSelect } from './narrow-select.ts'

/** A column that a request may hold, and where its values go. */
export interface FormField extends RequestField {
  /** DuckDB type in the source; null where the column is one of the dataset. */
  readonly sqlType: string | null
  /** Into the SQL of the dataset, past it straight to the inputs, or nowhere. */
  readonly goes: 'source' | 'direct' | 'nowhere'
}

/** What the requests of a dataset look like. */
export interface RequestForm {
  readonly fields: readonly FormField[]
  /** Columns of the dataset that inputs, time, entity and histories need, those of histories not included. */
  readonly needed: readonly DatasetColumn[]
  /** How the SQL makes columns of a row; null where it cannot, and the request itself has to give them. */
  readonly query: FormQuery | null
}

export interface FormQuery {
  readonly source: SourceColumns
  /** Source columns that each column is made from. */
  readonly madeFrom: ReadonlyMap<string, ReadonlySet<string>>
  /** The SQL narrowed to those columns, as a tree. */
  readonly statement: Syntax
  /** Whether it tells which rows the condition of the dataset leaves out. */
  readonly tellsKept: boolean
}

/** Works out what a request must hold from the SQL of its dataset. */
export async function requestForm(lake: Lake, dataset: Dataset): Promise<RequestForm> {
  const needed = neededColumns(dataset)
  const query = await formQuery(lake, { dataset, needed })
  return { fields: fieldsOf(dataset, { needed, query }), needed, query }
}

function neededColumns(dataset: Dataset): readonly DatasetColumn[] {
  const names = new Set([
    ...dataset.inputs.map((input) => input.name),
    ...(dataset.time === null ? [] : [dataset.time]),
    ...dataset.entity,
    ...dataset.history.flatMap((history) => history.by),
  ])
  return ownColumns(dataset).filter((column) => names.has(column.name))
}

/** The columns of the SQL, in its order. */
function ownColumns(dataset: Dataset): readonly DatasetColumn[] {
  const made = new Set(dataset.history.flatMap((history) => history.columns))
  return dataset.columns.filter((column) => !made.has(column.name))
}

async function formQuery(
  lake: Lake,
  { dataset, needed }: { dataset: Dataset; needed: readonly DatasetColumn[] },
): Promise<FormQuery | null> {
  const attempt = `Cannot read the SQL of the dataset of '${dataset.system}'`
  const sources = dataset.sources.map((source) => source.name)
  const { statement } = await parseSelect(lake, { attempt, sql: dataset.sql, sources })
  const functions = await sqlFunctions(lake)
  const found = rowWise(partAt(statement, 'node') ?? {}, { sources: dataset.sources, functions })
  const names = ownColumns(dataset).map((column) => column.name)
  if (found?.outputs.length !== names.length) return null
  const madeFrom = new Map(
    needed.flatMap(({ name }) => {
      const { from } = found.outputs[names.indexOf(name)] as OutputColumn
      return from === null ? [] : [[name, from] as const]
    }),
  )
  const used = sourceColumns(madeFrom)
  // A column that only the request can give must not bear the name of one that the SQL reads.
  if (needed.some(({ name }) => !madeFrom.has(name) && used.has(name))) return null
  const { condition } = found
  const tellsKept = condition !== null && condition.size > 0 && [...condition].every((name) => used.has(name))
  const isAlone = narrowSelect(statement, { names, keep: new Set(madeFrom.keys()), tellsKept })
  if (madeFrom.size === 0 || !isAlone) return null
  const source = dataset.sources.find((one) => one.name === found.source) as SourceColumns
  return { source, madeFrom, statement, tellsKept }
}

const sourceColumns = (madeFrom: FormQuery['madeFrom']): ReadonlySet<string> =>
  new Set([...madeFrom.values()].flatMap((columns) => [...columns]))

function fieldsOf(
  dataset: Dataset,
  { needed, query }: { needed: readonly DatasetColumn[]; query: FormQuery | null },
): readonly FormField[] {
  const used = sourceColumns(query?.madeFrom ?? new Map())
  const own = new Set(needed.map(({ name }) => name).filter((name) => !query?.madeFrom.has(name)))
  const fields: FormField[] = (query?.source.columns ?? [])
    .filter(({ name }) => !own.has(name))
    .map(({ name, type }) => ({
      name,
      type: fieldTypeOf(type) ?? 'text',
      required: used.has(name),
      sqlType: type,
      goes: 'source',
    }))
  const taken = new Set(fields.map((field) => field.name))
  const wanted = new Set([...needed.map((column) => column.name), ...dataset.history.flatMap((one) => one.columns)])
  for (const column of dataset.columns) {
    const { name, type } = column
    if (taken.has(name)) continue
    const required = own.has(name)
    fields.push({ name, type, required, sqlType: null, goes: wanted.has(name) ? 'direct' : 'nowhere' })
  }
  return fields.sort((a, b) => Number(b.required) - Number(a.required))
}
