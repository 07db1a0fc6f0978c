import type { Expression, ValueType } from './expression.ts'
import type { SqlNode } from './parse-rule.ts'
import { readMoment } from './read-moment.ts'
import { refuse, type RuleScope } from './rule-scope.ts'

/** An expression together with the syntax it came from, which errors point at. */
export interface Resolved {
  readonly node: SqlNode
  readonly expression: Expression
}

/**
 * The expression as another type, where SQL converts by itself: missing literals become any type, quoted literals what
 * they are compared with, booleans 1 and 0, and numbers true unless 0.
 * @throws {Failure} `training/ruleType`
 */
export function coerce(scope: RuleScope, { node, expression }: Resolved, type: ValueType): Expression {
  if (expression.type === type) return expression
  if (expression.kind === 'literal') {
    if (expression.value === null) return { kind: 'literal', type, value: null }
    if (expression.type === 'text') {
      const value = readLiteral(expression.value as string, type)
      if (value !== undefined) return { kind: 'literal', type, value }
      throw refuse(scope, node, { code: 'ruleType', state: `'${expression.value}' is no ${type}` })
    }
  }
  if (expression.type === 'boolean' && type === 'number') return { kind: 'asNumber', type, of: expression }
  if (expression.type === 'number' && type === 'boolean') return { kind: 'asBoolean', type, of: expression }
  throw refuse(scope, node, { code: 'ruleType', state: `this is a ${expression.type}, a ${type} is needed` })
}

/**
 * All expressions in one type: that of those which are not literals, numbers where they mix with booleans.
 * @throws {Failure} `training/ruleType`
 */
export function unify(scope: RuleScope, all: readonly Resolved[]): readonly Expression[] {
  const weak = (expression: Expression): boolean =>
    expression.kind === 'literal' && (expression.value === null || expression.type === 'text')
  const strong = all.filter(({ expression }) => !weak(expression)).map(({ expression }) => expression.type)
  const anyText = all.some(({ expression }) => expression.type === 'text')
  const type = strong.includes('number') ? 'number' : (strong[0] ?? (anyText ? 'text' : 'number'))
  return all.map((one) => coerce(scope, one, type))
}

function readLiteral(text: string, type: ValueType): number | boolean | undefined {
  if (type === 'moment') return readMoment(text)
  if (type === 'number') return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined
  if (type === 'boolean') {
    if (/^(t|true|y|yes|1)$/i.test(text)) return true
    if (/^(f|false|n|no|0)$/i.test(text)) return false
  }
  return undefined
}
