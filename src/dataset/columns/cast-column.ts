import { quoteName } from '#platform'
import type { FieldType } from '#model'
import { sqlKind, type SqlKind } from './sql-kind.ts'

/** The field type that a DuckDB type has by itself; null for types that no model reads, such as lists. */
export const fieldTypeOf = (sqlType: string): FieldType | null => ownTypes[sqlKind(sqlType)]

const ownTypes: Readonly<Record<SqlKind, FieldType | null>> = {
  number: 'numeric',
  boolean: 'boolean',
  timestamp: 'timestamp',
  text: 'categorical',
  other: null,
}

/**
 * SQL that holds a column in the form of its field type: numbers as they are, moments as TIMESTAMP in UTC, text as
 * VARCHAR.
 * @returns undefined when no cast leads from the one to the other, such as from a date to a boolean
 */
export function castColumn(column: { name: string; sqlType: string }, type: FieldType): string | undefined {
  const kind = sqlKind(column.sqlType)
  const name = quoteName(column.name)
  const { kept, from, to } = storedForms[type]
  if (kept(column.sqlType)) return name
  return from.includes(kind) ? `cast(${name} as ${to})` : undefined
}

const storedForms: Readonly<
  Record<
    FieldType,
    { readonly kept: (sqlType: string) => boolean; readonly from: readonly SqlKind[]; readonly to: string }
  >
> = {
  numeric: { kept: (type) => sqlKind(type) === 'number', from: ['boolean', 'text'], to: 'double' },
  boolean: { kept: (type) => type === 'BOOLEAN', from: ['number', 'text'], to: 'boolean' },
  timestamp: { kept: (type) => type === 'TIMESTAMP', from: ['timestamp', 'text'], to: 'timestamp' },
  categorical: {
    kept: (type) => type === 'VARCHAR',
    from: ['number', 'boolean', 'timestamp', 'text'],
    to: 'varchar',
  },
  text: { kept: (type) => type === 'VARCHAR', from: ['number', 'boolean', 'timestamp', 'text'], to: 'varchar' },
}
