import { quoteName, quoteText, type Lake } from '#platform'
import type { SourceSpec } from '#system'
import type { InferredColumn } from './infer-types.ts'
import { declaredType, plainText, type TextType } from './text-types.ts'

/** A column of a relation and how its values are made. */
export interface CastColumn {
  readonly name: string
  /** DuckDB's type of its values. */
  readonly type: string
  readonly filled: boolean
  /** SQL of the value. */
  readonly value: string
  /** SQL: whether a row's value does not fit; null where every value does. */
  readonly isMisfit: string | null
}

/** A row with values that do not fit the types of their columns. */
export interface Misfit {
  /** Place among the records, from 1. */
  readonly record: number
  readonly columns: readonly string[]
  readonly reason: string
  /** The row as JSON. */
  readonly text: string
}

/** A column that is read as it is, or cast as declared. */
export function typedColumn(
  name: string,
  { type, declared }: { readonly type: string; readonly declared: string | undefined },
): CastColumn {
  const column = quoteName(name)
  if (declared === undefined) return { name, type, filled: true, value: column, isMisfit: null }
  const { value, fits } = declaredType(declared)
  return {
    name,
    type: declared,
    filled: true,
    value: value(column),
    isMisfit: `(${column} is not null and not (${fits(column)}))`,
  }
}

/** A column of text, cast to the type that was found, or to the one declared. */
export function textColumn(inferred: InferredColumn, declared: SourceSpec['columns']): CastColumn {
  const { name, nullWords } = inferred
  const own = declared?.[name]
  const type: TextType =
    own === undefined ? (inferred.type ?? plainText) : own === 'VARCHAR' ? plainText : declaredType(own)
  const column = quoteName(name)
  const words = nullWords.map(quoteText).join(', ')
  const isText = type === plainText
  const raw = isText || nullWords.length === 0 ? column : `(case when ${column} not in (${words}) then ${column} end)`
  const mayMisfit = !isText && (own !== undefined || inferred.misfits > 0)
  return {
    name,
    type: type.type,
    filled: inferred.type !== null,
    value: type.value(raw),
    isMisfit: mayMisfit ? `(${raw} is not null and not (${type.fits(raw)}))` : null,
  }
}

/** SQL of the rows whose values all fit, typed. */
export function fittingRows(relation: string, columns: readonly CastColumn[]): string {
  const cells = columns.map(({ name, value }) => (value === quoteName(name) ? value : `${value} as ${quoteName(name)}`))
  const misfits = columns.flatMap((column) => column.isMisfit ?? [])
  return `select ${cells.join(', ')} from ${relation}${misfits.length > 0 ? ` where not (${misfits.join(' or ')})` : ''}`
}

/** The rows with values that do not fit, in their order. */
export async function findMisfits(
  lake: Lake,
  { relation, columns }: { readonly relation: string; readonly columns: readonly CastColumn[] },
): Promise<readonly Misfit[]> {
  const doubtful = columns.filter((column) => column.isMisfit !== null)
  if (doubtful.length === 0) return []
  const names = doubtful.map(({ name, isMisfit }) => `case when ${isMisfit} then ${quoteText(name)} end`)
  const values = doubtful.map(({ name }) => `${quoteName(name)}::varchar`)
  const rows = await lake.rows<{
    record: number
    columns: (string | null)[]
    values: (string | null)[]
    text: string
  }>(`
    select record, [${names.join(', ')}] as columns, [${values.join(', ')}] as "values", text
    from (select row_number() over () as record, *, to_json(t)::varchar as text from ${relation} t)
    where ${doubtful.map((column) => column.isMisfit).join(' or ')} order by record`)
  return rows.map(({ record, columns: wrong, values: found, text }) => {
    const first = wrong.findIndex((name) => name !== null)
    const value = (found[first] ?? '').slice(0, 100)
    return {
      record,
      columns: wrong.filter((name) => name !== null),
      reason: `column '${wrong[first]}': '${value}' is no ${doubtful[first]?.type}`,
      text,
    }
  })
}
