import { listAt, partAt, textAt, type Syntax } from '../sql/syntax.ts'
import { compileCast } from './compile-cast.ts'
import { compileBetween, compileComparison, compileConjunction, compileIn } from './compile-comparison.ts'
import { compileFunction } from './compile-function.ts'
import { compileLiteral } from './compile-literal.ts'
import { unify } from './unify.ts'
import { leaveToSql, type Compiled, type Value } from './value.ts'

/** Finds the column that a name refers to. */
export type Resolve = (words: readonly string[]) => Compiled

/** An expression of DuckDB's syntax tree; left to DuckDB where a part of it is not of a kind that is known here. */
export function compileExpression(node: Syntax, resolve: Resolve): Compiled {
  const one = (part: Syntax | undefined): Compiled => (part ? compileExpression(part, resolve) : leaveToSql())
  const all = (key: string): readonly Compiled[] => listAt(node, key).map(one)
  const type = textAt(node, 'type')
  switch (node['class']) {
    case 'COLUMN_REF':
      return resolve((node['column_names'] ?? []) as string[])
    case 'CONSTANT':
      return compileLiteral(node)
    case 'CAST': {
      const to = partAt(node, 'cast_type') ?? {}
      if (node['try_cast'] === true) return leaveToSql()
      return compileCast(one(partAt(node, 'child')), textAt(to, 'id'))
    }
    case 'COMPARISON':
      return compileComparison(type, [one(partAt(node, 'left')), one(partAt(node, 'right'))])
    case 'BETWEEN':
      return compileBetween(one(partAt(node, 'input')), [one(partAt(node, 'lower')), one(partAt(node, 'upper'))])
    case 'CONJUNCTION':
      return compileConjunction(type === 'CONJUNCTION_AND' ? 'and' : 'or', all('children'))
    case 'OPERATOR':
      return compileOperator(type, all('children'))
    case 'CASE':
      return compileCase(node, one)
    case 'FUNCTION':
      if (node['filter'] !== null || node['distinct'] === true) return leaveToSql()
      return compileFunction(textAt(node, 'function_name').toLowerCase(), all('children'))
    default:
      return leaveToSql()
  }
}

function compileOperator(type: string, parts: readonly Compiled[]): Compiled {
  const [first, ...rest] = parts
  if (!first) return leaveToSql()
  const { evaluate } = first
  switch (type) {
    case 'OPERATOR_NOT':
      return not(first)
    case 'OPERATOR_IS_NULL':
      return { kind: 'boolean', evaluate: (row) => evaluate(row) === null }
    case 'OPERATOR_IS_NOT_NULL':
      return { kind: 'boolean', evaluate: (row) => evaluate(row) !== null }
    case 'COMPARE_IN':
      return compileIn(first, rest)
    case 'COMPARE_NOT_IN':
      return not(compileIn(first, rest))
    case 'OPERATOR_COALESCE':
      return coalesce(parts)
    default:
      return leaveToSql()
  }
}

function not({ kind, evaluate }: Compiled): Compiled {
  if (kind !== 'boolean') return leaveToSql()
  return {
    kind,
    evaluate: (row) => {
      const value = evaluate(row)
      return value === null ? null : !(value as boolean)
    },
  }
}

function coalesce(parts: readonly Compiled[]): Compiled {
  const { items, of } = unify(parts)
  const all = items.map(({ evaluate }) => evaluate)
  return {
    ...of,
    isLiteral: false,
    evaluate: (row) => {
      const values = all.map((item) => item(row))
      return values.find((value) => value !== null) ?? null
    },
  }
}

function compileCase(node: Syntax, one: (part: Syntax | undefined) => Compiled): Compiled {
  const checks = listAt(node, 'case_checks')
  const conditions = checks.map((check) => one(partAt(check, 'when_expr')))
  if (conditions.some(({ kind }) => kind !== 'boolean')) return leaveToSql()
  const { items, of } = unify([
    ...checks.map((check) => one(partAt(check, 'then_expr'))),
    one(partAt(node, 'else_expr')),
  ])
  // All of them: DuckDB may hoist what cannot be evaluated, and a row in doubt is left to it.
  const whens = conditions.map(({ evaluate }) => evaluate)
  const values = items.map(({ evaluate }) => evaluate)
  return {
    ...of,
    isLiteral: false,
    evaluate: (row) => {
      const place = whens.map((when) => when(row)).indexOf(true)
      return values.map((value) => value(row)).at(place) as Value
    },
  }
}
