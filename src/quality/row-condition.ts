import { isMoment, typeFamily, type TypeFamily } from '#ingress'
import { quoteName, quoteText } from '#platform'
import type { CheckSpec } from '#system'
import { checkName } from './check-name.ts'
import { fail } from './failures.ts'

/** Columns of a relation by name, with DuckDB's types. */
export type ColumnTypes = ReadonlyMap<string, string>

/** How a check is asked of each row. */
export type RowCondition =
  /** SQL that is true for a row that breaks the check, and never null. */
  | { readonly isBroken: string }
  /** Why it cannot be asked of this relation. */
  | { readonly problem: string }

/** A check that looks at one row at a time. */
export type RowCheck = Extract<CheckSpec, { kind: 'not-null' | 'between' | 'in-set' | 'matches' | 'sql' }>

export const isRowCheck = (check: CheckSpec): check is RowCheck =>
  ['not-null', 'between', 'in-set', 'matches', 'sql'].includes(check.kind)

/**
 * SQL of a check on rows. A missing value (null, NaN) breaks `not-null` alone: it passes all other checks, as in SQL a
 * condition that is null does not break CHECK.
 * @throws {Failure} `quality/badCheck` for bounds that no column could be held to
 */
export function rowCondition(check: RowCheck, columns: ColumnTypes): RowCondition {
  if (check.kind === 'sql') return { isBroken: `not coalesce((${check.condition}), true)` }
  const type = columns.get(check.column)
  if (type === undefined) return { problem: missingColumn(check.column, columns) }
  const column = quoteName(check.column)
  switch (check.kind) {
    case 'not-null':
      return { isBroken: isFloat(type) ? `(${column} is null or isnan(${column}))` : `${column} is null` }
    case 'between':
      return between(check, { column, type })
    case 'in-set':
      return inSet(check, { column, type })
    default:
      return { isBroken: `coalesce(not regexp_matches(${column}::varchar, ${quoteText(check.pattern)}), false)` }
  }
}

/** Says that a column is not there, and which ones are. */
export function missingColumn(name: string, columns: ColumnTypes): string {
  return `there is no column '${name}', only ${[...columns.keys()].join(', ')}`
}

interface TypedColumn {
  readonly column: string
  readonly type: string
}

const isFloat = (type: string): boolean => type === 'DOUBLE' || type === 'FLOAT'

function between(check: Extract<CheckSpec, { kind: 'between' }>, { column, type }: TypedColumn): RowCondition {
  const bounds = [check.min, check.max].filter((bound) => bound !== undefined)
  if (bounds.length === 0) throw fail('badCheck', `Cannot check '${checkName(check)}': it has neither min nor max`)
  const family = typeFamily(type)
  const wanted: TypeFamily[] = typeof bounds[0] === 'number' ? ['number'] : ['time', 'text']
  if (bounds.some((bound) => typeof bound !== typeof bounds[0])) {
    throw fail('badCheck', `Cannot check '${checkName(check)}': its bounds are of two types`)
  }
  if (!wanted.includes(family)) {
    return {
      problem: `column '${check.column}' is ${type}, but the bounds are ${wanted[0] === 'number' ? 'numbers' : 'text or moments'}`,
    }
  }
  const literal = (bound: number | string): string => {
    if (typeof bound === 'number') return String(bound)
    if (!isMoment(type)) return quoteText(bound)
    if (Number.isNaN(Date.parse(bound))) {
      throw fail('badCheck', `Cannot check '${checkName(check)}': '${bound}' is no moment`, {
        remedy: "Write moments as '2027-06-30' or '2027-06-30 12:00:00'",
      })
    }
    return `${quoteText(bound)}::${type}`
  }
  const low = check.min === undefined ? [] : [`${column} < ${literal(check.min)}`]
  const high = check.max === undefined ? [] : [`${column} > ${literal(check.max)}`]
  const isOutside = `coalesce(${[...low, ...high].join(' or ')}, false)`
  // To DuckDB NaN is larger than any number.
  return { isBroken: isFloat(type) ? `(${isOutside} and not isnan(${column}))` : isOutside }
}

function inSet(check: Extract<CheckSpec, { kind: 'in-set' }>, { column, type }: TypedColumn): RowCondition {
  const family = typeFamily(type)
  if (family === 'text')
    return notIn(
      `${column}::varchar`,
      check.values.map((value) => quoteText(String(value))),
    )
  const wanted = family === 'number' ? 'number' : family === 'boolean' ? 'boolean' : 'string'
  if (check.values.some((value) => typeof value !== wanted) || family === 'other') {
    return { problem: `column '${check.column}' is ${type}, and the values are not` }
  }
  const isBroken = notIn(
    column,
    check.values.map((value) => (wanted === 'string' ? `${quoteText(String(value))}::${type}` : String(value))),
  )
  return isFloat(type) ? { isBroken: `(${isBroken.isBroken} and not isnan(${column}))` } : isBroken
}

const notIn = (column: string, values: readonly string[]): { readonly isBroken: string } => ({
  isBroken: `coalesce(${column} not in (${values.join(', ')}), false)`,
})
