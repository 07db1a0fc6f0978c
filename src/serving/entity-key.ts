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
    return (row: number): KeyValue => keyValue(cellOf(column, row), type)
  })
  return stringColumn(
    Array.from({ length: table.rowCount }, (_, row) => entityKey(columns.map((valueOf) => valueOf(row)))),
  )
}

/**
 * A value as entity keys hold it, given the type of its column.
 * @param value as a table holds it: a moment is epoch milliseconds, a boolean 0 or 1
 */
export function keyValue(value: string | number | null, type: Field['type']): KeyValue {
  if (value === null) return null
  if (type === 'timestamp' && typeof value === 'number') return iso(value)
  if (type === 'boolean' && typeof value === 'number') return value === 1
  return value
}
