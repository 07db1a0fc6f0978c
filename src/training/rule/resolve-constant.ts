import { coerce, type Resolved } from './coerce.ts'
import type { Expression } from './expression.ts'
import type { SqlConstant, SqlNode } from './parse-rule.ts'
import { refuse, type RuleScope } from './rule-scope.ts'

/**
 * A literal. A number becomes a 32-bit float.
 * @throws {Failure} `training/ruleUnsupported`, also for '', which no input can hold
 */
export function resolveConstant(scope: RuleScope, node: SqlNode): Expression {
  const constant = node.value as SqlConstant
  if (constant.is_null) return { kind: 'literal', type: 'number', value: null }
  const { value } = constant
  if (typeof value === 'boolean') return { kind: 'literal', type: 'boolean', value }
  if (constant.type.id === 'VARCHAR') {
    if (value === '')
      throw refuse(scope, node, { code: 'ruleUnsupported', state: "'' is a missing value to a model: say IS NULL" })
    return { kind: 'literal', type: 'text', value: value as string }
  }
  const number = numberOf(constant)
  if (number !== undefined) return { kind: 'literal', type: 'number', value: Math.fround(number) }
  throw refuse(scope, node, { code: 'ruleUnsupported', state: `a ${constant.type.id} cannot be put into a model` })
}

/**
 * `CAST(value AS type)`: whole-number types round half to even, `DATE` cuts the time of the day off.
 * @throws {Failure} `training/ruleUnsupported` or `training/ruleType`
 */
export function resolveCast(scope: RuleScope, node: SqlNode, value: Resolved): Expression {
  const target = node.cast_type?.id ?? ''
  if (target === 'BOOLEAN') return coerce(scope, value, 'boolean')
  if (/^(FLOAT|DOUBLE)$/.test(target)) return coerce(scope, value, 'number')
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(target))
    return { kind: 'function', type: 'number', name: 'roundEven', of: coerce(scope, value, 'number') }
  if (target.startsWith('TIMESTAMP')) return coerce(scope, value, 'moment')
  if (target === 'DATE') return { kind: 'startOfDay', type: 'moment', of: coerce(scope, value, 'moment') }
  if (target === 'VARCHAR' && value.expression.type === 'text') return value.expression
  const state = `a cast of a ${value.expression.type} to ${target} cannot be put into a model`
  throw refuse(scope, node, { code: 'ruleUnsupported', state })
}

function numberOf({ type, value }: SqlConstant): number | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === undefined) return undefined
  if (!/INT|DECIMAL|DOUBLE|FLOAT/.test(type.id)) return undefined
  // DuckDB writes numbers beyond 64 bits in two halves.
  const whole = typeof value === 'number' ? value : value.upper * 2 ** 64 + value.lower
  return type.id === 'DECIMAL' ? Number(`${whole}e-${type.type_info?.scale ?? 0}`) : whole
}
