import type { Field, FieldType } from '#model'
import type { Failure } from '#platform'
import { fail } from '../failures.ts'
import type { Expression, ValueType } from './expression.ts'
import { placeIn, placeOf, type SqlNode } from './parse-rule.ts'

/** What the parts of a rule are resolved against. */
export interface RuleScope {
  readonly sql: string
  readonly inputs: readonly Field[]
}

/** The failure of one part of a rule, naming its place. */
export function refuse(
  scope: RuleScope,
  node: SqlNode,
  problem: { readonly code: 'ruleColumn' | 'ruleUnsupported' | 'ruleType'; readonly state: string },
): Failure {
  const at = placeOf(node)
  const state = problem.code === 'ruleUnsupported' ? `${problem.state}; a rule can use ${supported}` : problem.state
  return fail(problem.code, `Cannot compile the rule at ${placeIn(scope.sql, at)}: ${state}`, { details: { at } })
}

const supported = [
  'comparisons, AND, OR, NOT, BETWEEN, IN, LIKE, ILIKE, IS [NOT] NULL, IS [NOT] DISTINCT FROM, CASE, COALESCE',
  '+ - * / % ^, || of text',
  'abs, sign, floor, ceil, trunc, round, sqrt, exp, ln, log10, power, mod, greatest, least, nullif',
  'year, quarter, month, week, day, dayofyear, dayofweek, isodow, hour, minute, second, extract',
  'starts_with, ends_with, contains, and lower or upper where they are compared',
  'casts between numbers and booleans, and of text to TIMESTAMP and DATE',
].join('; ')

/**
 * The input of that name, as SQL finds it: case does not matter unless two inputs differ in nothing else.
 * @throws {Failure} `training/ruleColumn`
 */
export function columnOf(scope: RuleScope, node: SqlNode): Expression {
  const names = node.column_names ?? []
  const wanted = names.join('.')
  const found =
    scope.inputs.find((input) => input.name === wanted) ??
    scope.inputs.find((input) => input.name.toLowerCase() === wanted.toLowerCase())
  if (found) return { kind: 'column', type: valueTypes[found.type], name: found.name }
  const known = scope.inputs.map((input) => input.name).join(', ')
  throw refuse(scope, node, { code: 'ruleColumn', state: `there is no input '${wanted}'; the inputs are ${known}` })
}

const valueTypes: Readonly<Record<FieldType, ValueType>> = {
  numeric: 'number',
  boolean: 'boolean',
  timestamp: 'moment',
  categorical: 'text',
  text: 'text',
}
