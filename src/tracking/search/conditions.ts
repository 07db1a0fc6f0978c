import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely'
import { dialectSql, listed } from '#platform'
import { invalid } from '../mlflow/mlflow-failure.ts'
import type { Clause } from './parse-filter.ts'

/** SQL of a condition on a text. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` for a comparator or value that does not fit */
export function textCondition(
  column: Expression<unknown>,
  { comparator, value }: Clause,
  { what, lists = false }: { readonly what: string; readonly lists?: boolean },
): RawBuilder<SqlBool> {
  if (comparator === 'IN' || comparator === 'NOT IN') {
    if (!lists) throw invalid(`Invalid comparator '${comparator}' for ${what}: it takes =, !=, LIKE and ILIKE`)
    return comparator === 'IN'
      ? sql`${column} in ${listed(value as readonly string[])}`
      : sql`${column} not in ${listed(value as readonly string[])}`
  }
  if (typeof value !== 'string')
    throw invalid(`Expected a quoted string value for ${what} (e.g. 'my-value'). Got value ${String(value)}`)
  switch (comparator) {
    case '=':
      return sql`${column} = ${value}`
    case '!=':
      return sql`${column} != ${value}`
    case 'LIKE':
      return dialectSql({
        sqlite: sql`${column} glob ${globOf(value)}`,
        postgres: sql`${column} like ${value} escape ''`,
      })
    case 'ILIKE':
      return dialectSql({
        sqlite: sql`lower(${column}) glob ${globOf(value.toLowerCase())}`,
        postgres: sql`lower(${column}) like ${value.toLowerCase()} escape ''`,
      })
    default:
      throw invalid(`Invalid comparator '${comparator}' for ${what}: it takes =, !=, LIKE and ILIKE`)
  }
}

/** SQL of a condition on a number. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function numberCondition(
  column: Expression<unknown>,
  { comparator, value }: Clause,
  what: string,
): RawBuilder<SqlBool> {
  if (typeof value !== 'number') throw invalid(`Expected numeric value type for ${what}. Found '${String(value)}'`)
  if (!isOrdering(comparator))
    throw invalid(`Invalid comparator '${comparator}' for ${what}: it takes =, !=, >, >=, < and <=`)
  // A fraction would be no value of a column of whole numbers.
  const number = Number.isSafeInteger(value) ? sql`${value}` : sql`cast(${value} as double precision)`
  return sql`${column} ${sql.raw(comparator)} ${number}`
}

/** Comparators that numbers have; what is put into SQL as it stands is one of these. */
const isOrdering = (comparator: string): boolean => ['=', '!=', '>', '>=', '<', '<='].includes(comparator)

/** A pattern of LIKE as one of GLOB, which minds upper and lower case. */
function globOf(pattern: string): string {
  return pattern.replaceAll(/[*?[]|%|_/g, (sign) => ({ '%': '*', _: '?' })[sign] ?? `[${sign}]`)
}
