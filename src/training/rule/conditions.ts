import { coerce, unify, type Resolved } from './coerce.ts'
import type { Expression, PatternPart } from './expression.ts'
import type { SqlNode } from './parse-rule.ts'
import { refuse, type RuleScope } from './rule-scope.ts'

/**
 * left = right, left < right, or left ≤ right.
 * @throws {Failure} `training/ruleType`, or `training/ruleUnsupported` for the order of texts
 */
export function compare(
  scope: RuleScope,
  operator: '=' | '<' | '<=',
  [a, b]: readonly [Resolved, Resolved],
): Expression {
  const [left, right] = unify(scope, [a, b]) as [Expression, Expression]
  if (operator !== '=' && (left.type === 'text' || left.type === 'boolean'))
    throw refuse(scope, a.node, {
      code: 'ruleUnsupported',
      state: `the order of ${left.type}s is not known to a model`,
    })
  if (left.kind === 'letters') return matchExactly(scope, a.node, [left, right])
  if (right.kind === 'letters') return matchExactly(scope, a.node, [right, left])
  return { kind: 'compare', type: 'boolean', operator, left, right }
}

/** left IS DISTINCT FROM right: as ≠, but a missing value is a value of its own. Never missing itself. */
export function distinct(scope: RuleScope, left: Resolved, right: Resolved): Expression {
  const isNull = (of: Expression): Expression => ({ kind: 'isNull', type: 'boolean', of })
  const not = (of: Expression): Expression => ({ kind: 'not', type: 'boolean', of })
  const bothNull: Expression = {
    kind: 'and',
    type: 'boolean',
    items: [isNull(left.expression), isNull(right.expression)],
  }
  return { kind: 'coalesce', type: 'boolean', items: [not(compare(scope, '=', [left, right])), not(bothNull)] }
}

/** `value IN (…)`: true where it equals one, missing where it equals none and one of them, or itself, is missing. */
export function oneOf(scope: RuleScope, value: Resolved, list: readonly Resolved[]): Expression {
  const [of, ...items] = unify(scope, [value, ...list]) as [Expression, ...Expression[]]
  const texts = items.flatMap((item) => (item.kind === 'literal' && item.value !== null ? [String(item.value)] : []))
  if (of.type === 'text' && of.kind !== 'letters' && texts.length === items.length)
    return { kind: 'member', type: 'boolean', of, values: [...new Set(texts)] }
  return { kind: 'or', type: 'boolean', items: list.map((item) => compare(scope, '=', [value, item])) }
}

/**
 * `text LIKE pattern`.
 * @param letters turn the text into this case first, besides what the text itself asks for
 */
export function like(
  scope: RuleScope,
  [text, pattern]: readonly [Resolved, readonly PatternPart[]],
  letters?: 'lower' | 'upper',
): Expression {
  const of = coerce(scope, text, 'text')
  if (of.kind !== 'letters') return { kind: 'match', type: 'boolean', of, pattern, ...(letters && { letters }) }
  if (letters && letters !== of.letters)
    throw refuse(scope, text.node, { code: 'ruleUnsupported', state: 'ILIKE of upper() is not known to a model' })
  return { kind: 'match', type: 'boolean', of: of.of, pattern, letters: of.letters }
}

/**
 * The parts of a `LIKE` pattern.
 * @param escape the character after which `%` and `_` stand for themselves; undefined where it is unfinished
 */
export function readPattern(pattern: string, escape?: string): readonly PatternPart[] | undefined {
  const parts: PatternPart[] = []
  let escaped = false
  for (const letter of pattern) {
    if (!escaped && letter === escape) {
      escaped = true
      continue
    }
    if (!escaped && letter === '%') parts.push('any')
    else if (!escaped && letter === '_') parts.push('one')
    else parts.push({ text: letter })
    escaped = false
  }
  return escaped ? undefined : parts
}

function matchExactly(
  scope: RuleScope,
  node: SqlNode,
  [text, other]: readonly [Expression & { readonly kind: 'letters' }, Expression],
): Expression {
  if (other.kind !== 'literal')
    throw refuse(scope, node, {
      code: 'ruleUnsupported',
      state: 'lower() and upper() can only be compared with a text',
    })
  if (other.value === null) return { kind: 'literal', type: 'boolean', value: null }
  const pattern = Array.from(String(other.value), (text) => ({ text }))
  return { kind: 'match', type: 'boolean', of: text.of, pattern, letters: text.letters }
}
