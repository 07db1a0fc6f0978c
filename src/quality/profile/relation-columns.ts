import type { Field, FieldType } from '#model'
import { quoteName, type Lake } from '#platform'
import { fail } from '../failures.ts'

/** A relation's columns by name, with DuckDB's types. */
export type RelationColumns = ReadonlyMap<string, string>

/**
 * The columns of a relation.
 * @param needed names that it must have
 * @throws {Failure} `quality/unknownColumn` when one is not there, `platform/badSql` when the relation is not valid
 */
export async function relationColumns(
  lake: Lake,
  relation: string,
  needed: readonly string[],
): Promise<RelationColumns> {
  const columns = new Map((await lake.describe(`from ${relation}`)).map(({ name, type }) => [name, type]))
  const missing = needed.filter((name) => !columns.has(name))
  if (missing.length > 0)
    throw fail(
      'unknownColumn',
      `Cannot profile ${missing.map((name) => `'${name}'`).join(', ')}: the columns are ${[...columns.keys()].join(', ')}`,
      { details: { missing, columns: [...columns.keys()] } },
    )
  return columns
}

/**
 * SQL of a column's values as DOUBLE: moments as epoch milliseconds, booleans as 0 and 1, and what is no number, null
 * among it, as NaN. Numbers in a column of moments are epoch milliseconds already.
 */
export function numberSql(columns: RelationColumns, { name, type }: Field): string {
  const sqlType = columns.get(name) as string
  return `coalesce(try_cast(${asNumber(quoteName(name), { sqlType, type })} as double), 'nan'::double)`
}

function asNumber(column: string, { sqlType, type }: { sqlType: string; type: FieldType }): string {
  if (/^(TIMESTAMP|DATE)/.test(sqlType)) return `epoch_ms(${column})`
  if (sqlType !== 'VARCHAR' || type === 'numeric') return column
  return type === 'boolean' ? `try_cast(${column} as boolean)` : `epoch_ms(try_cast(${column} as timestamp))`
}

/** SQL of a column's values as VARCHAR. */
export function textSql(columns: RelationColumns, name: string): string {
  return columns.get(name) === 'VARCHAR' ? quoteName(name) : `${quoteName(name)}::varchar`
}
