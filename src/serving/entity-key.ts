import type { Field } from '#model'
import { cellOf, iso, stringColumn, type StringColumn, type Table } from '#platform'

/** A value that names an entity: text as it is, a number, a moment as ISO 8601 text in UTC, or null. */
export type KeyValue = string | number | boolean | null

/**
 * The text that stands for an entity in the prediction log and in outcomes: its values in the order of the system's
 * entity columns, as a JSON array. Moments without milliseconds where they are zero: `["JFK","2001-02-03T04:05:00Z"]`.
 */
export function entityKey(values: readonly KeyValue[]): string {
  return JSON.stringify(values)
}

/**
 * The entity of each row of a table, shape [rows].
 * @param fields the entity columns of the system, in its order; the table holds each
 * @throws RangeError when the table lacks one of them
 */
export function entityKeys(table: Table, fields: readonly Field[]): StringColumn {
  const columns = fields.map(({ name, type }) => {
    const column = table.columns[name]
    if (!column) throw new RangeError(`Cannot name the entities: the table has no column '${name}'`)
    return (row: number): KeyValue => keyOfCell(cellOf(column, row), type)
  })
  return stringColumn(
    Array.from({ length: table.rowCount }, (_, row) => entityKey(columns.map((valueOf) => valueOf(row)))),
  )
}

/**
 * The entity that somebody names by its columns, as in a request.
 * @returns its key, or what is wrong with it as the end of a sentence
 */
export function namedEntity(
  named: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
): { readonly key: string } | { readonly wrong: string } {
  const unknown = Object.keys(named).find((name) => !fields.some((field) => field.name === name))
  if (unknown !== undefined) return { wrong: `the entity of the system has no column '${unknown}'` }
  const values: KeyValue[] = []
  for (const { name, type } of fields) {
    if (!(name in named)) return { wrong: `the entity lacks its column '${name}'` }
    const value = keyOfSent(named[name], type)
    if (value === undefined) return { wrong: `the entity's '${name}' is not ${expected[type]}` }
    values.push(value)
  }
  return { key: entityKey(values) }
}

function keyOfCell(value: string | number | null, type: Field['type']): KeyValue {
  if (typeof value !== 'number') return value
  if (type === 'timestamp') return iso(value)
  return type === 'boolean' ? value === 1 : value
}

function keyOfSent(value: unknown, type: Field['type']): KeyValue | undefined {
  if (value === null) return null
  if (type === 'timestamp') {
    const moment = typeof value === 'number' ? value : typeof value === 'string' ? momentOf(value) : NaN
    return Number.isNaN(moment) ? undefined : iso(moment)
  }
  const wanted = type === 'boolean' ? 'boolean' : type === 'numeric' ? 'number' : 'string'
  return typeof value === wanted ? (value as KeyValue) : undefined
}

/** Epoch milliseconds of ISO 8601 text; UTC where it names no zone, whatever the zone of the machine. */
function momentOf(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:?\d{2})?$/.exec(
    text.trim(),
  )
  return match ? Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`) : NaN
}

const expected: Readonly<Record<Field['type'], string>> = {
  numeric: 'a number',
  boolean: 'true or false',
  timestamp: 'a moment in ISO 8601',
  categorical: 'text',
  text: 'text',
}
