import { walk, type Branch, type Expression } from './expression.ts'
import { coerce, unify, type Resolved } from './coerce.ts'
import type { SqlNode } from './parse-rule.ts'
import { resolveCast, resolveConstant } from './resolve-constant.ts'
import { resolveFunction } from './resolve-function.ts'
import { columnOf, refuse, type RuleScope } from './rule-scope.ts'
import { compare, distinct, oneOf } from './conditions.ts'

/**
 * The typed form of a rule's syntax tree.
 * @throws {Failure} `training/ruleColumn`, `training/ruleUnsupported` or `training/ruleType`, naming the place
 */
export function resolveRule(scope: RuleScope, node: SqlNode): Expression {
  const expression = resolve(scope, node)
  const loose = walk(expression).find((part) => part.kind === 'letters')
  if (!loose) return expression
  throw refuse(scope, node, { code: 'ruleUnsupported', state: 'lower() and upper() can only be compared with a text' })
}

function resolve(scope: RuleScope, node: SqlNode): Expression {
  const one = (part: SqlNode | undefined): Resolved => {
    if (!part) throw unsupported(scope, node)
    return { node: part, expression: resolve(scope, part) }
  }
  const all = (parts: readonly SqlNode[] | undefined): Resolved[] => (parts ?? []).map(one)
  switch (node.class) {
    case 'COLUMN_REF':
      return columnOf(scope, node)
    case 'CONSTANT':
      return resolveConstant(scope, node)
    case 'CAST':
      return resolveCast(scope, node, one(node.child))
    case 'COMPARISON':
      return resolveComparison(scope, node, [one(node.left), one(node.right)])
    case 'BETWEEN': {
      const [input, lower, upper] = [one(node.input), one(node.lower), one(node.upper)]
      return {
        kind: 'and',
        type: 'boolean',
        items: [compare(scope, '<=', [lower, input]), compare(scope, '<=', [input, upper])],
      }
    }
    case 'CONJUNCTION': {
      const items = all(node.children).map((part) => coerce(scope, part, 'boolean'))
      return { kind: node.type === 'CONJUNCTION_AND' ? 'and' : 'or', type: 'boolean', items }
    }
    case 'OPERATOR':
      return resolveOperator(scope, node, all(node.children))
    case 'CASE':
      return resolveCase(scope, node, one)
    case 'FUNCTION':
      return resolveFunction(scope, node, all(node.children))
    default:
      throw unsupported(scope, node)
  }
}

function resolveComparison(scope: RuleScope, node: SqlNode, [left, right]: [Resolved, Resolved]): Expression {
  const not = (of: Expression): Expression => ({ kind: 'not', type: 'boolean', of })
  switch (node.type) {
    case 'COMPARE_EQUAL':
      return compare(scope, '=', [left, right])
    case 'COMPARE_NOTEQUAL':
      return not(compare(scope, '=', [left, right]))
    case 'COMPARE_LESSTHAN':
      return compare(scope, '<', [left, right])
    case 'COMPARE_GREATERTHAN':
      return compare(scope, '<', [right, left])
    case 'COMPARE_LESSTHANOREQUALTO':
      return compare(scope, '<=', [left, right])
    case 'COMPARE_GREATERTHANOREQUALTO':
      return compare(scope, '<=', [right, left])
    case 'COMPARE_DISTINCT_FROM':
      return distinct(scope, left, right)
    case 'COMPARE_NOT_DISTINCT_FROM':
      return not(distinct(scope, left, right))
    default:
      throw unsupported(scope, node)
  }
}

function resolveOperator(scope: RuleScope, node: SqlNode, parts: readonly Resolved[]): Expression {
  const [first, ...rest] = parts
  if (!first) throw unsupported(scope, node)
  const not = (of: Expression): Expression => ({ kind: 'not', type: 'boolean', of })
  const isNull: Expression = { kind: 'isNull', type: 'boolean', of: first.expression }
  switch (node.type) {
    case 'OPERATOR_NOT':
      return not(coerce(scope, first, 'boolean'))
    case 'OPERATOR_IS_NULL':
      return isNull
    case 'OPERATOR_IS_NOT_NULL':
      return not(isNull)
    case 'COMPARE_IN':
      return oneOf(scope, first, rest)
    case 'COMPARE_NOT_IN':
      return not(oneOf(scope, first, rest))
    case 'OPERATOR_COALESCE': {
      const items = unify(scope, parts)
      return { kind: 'coalesce', type: (items[0] as Expression).type, items }
    }
    default:
      throw unsupported(scope, node)
  }
}

function resolveCase(scope: RuleScope, node: SqlNode, one: (part: SqlNode | undefined) => Resolved): Expression {
  const checks = node.case_checks ?? []
  const conditions = checks.map((check) => coerce(scope, one(check.when_expr), 'boolean'))
  const values = unify(scope, [...checks.map((check) => one(check.then_expr)), one(node.else_expr)])
  const branches = conditions.map((when, place): Branch => ({ when, value: values[place] as Expression }))
  const otherwise = values.at(-1) as Expression
  return { kind: 'case', type: otherwise.type, branches, otherwise }
}

function unsupported(scope: RuleScope, node: SqlNode): Error {
  const name = node.type
    .replace(/^(OPERATOR|VALUE|COMPARE|WINDOW)_/, '')
    .replaceAll('_', ' ')
    .toLowerCase()
  return refuse(scope, node, { code: 'ruleUnsupported', state: `${name} cannot be put into a model` })
}
