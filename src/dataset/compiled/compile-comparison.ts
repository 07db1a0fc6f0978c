import { literal, literalMoment, literalValue } from './compile-literal.ts'
import { joinedKind } from './unify.ts'
import { leaveToSql, type Compiled, type Kind, type SourceRow, type Value } from './value.ts'

/** How two values that are there compare. */
export type Comparison = (a: Value, b: Value) => boolean

/** A comparison by the name of its kind in the syntax tree; NULL where a side is. */
export function compileComparison(type: string, sides: readonly [Compiled, Compiled]): Compiled {
  const [a, b] = alike(sides)
  const [left, right] = [a.evaluate, b.evaluate]
  if (type === 'COMPARE_DISTINCT_FROM' || type === 'COMPARE_NOT_DISTINCT_FROM') {
    const isSame = type === 'COMPARE_NOT_DISTINCT_FROM'
    return { kind: 'boolean', evaluate: (row) => (left(row) === right(row)) === isSame }
  }
  const holds = comparisonOf(type, a.kind)
  return {
    kind: 'boolean',
    evaluate: (row) => {
      const [one, other] = [left(row), right(row)]
      return one === null || other === null ? null : holds(one, other)
    },
  }
}

/** `input BETWEEN lower AND upper`: both comparisons hold. */
export function compileBetween(input: Compiled, [lower, upper]: readonly [Compiled, Compiled]): Compiled {
  const from = compileComparison('COMPARE_GREATERTHANOREQUALTO', [input, lower])
  const to = compileComparison('COMPARE_LESSTHANOREQUALTO', [input, upper])
  return compileConjunction('and', [from, to])
}

/** `value IN (…)`: NULL where it equals none, and it or one of them is NULL. */
export function compileIn(value: Compiled, list: readonly Compiled[]): Compiled {
  const pairs = list.map((item) => (item.kind === 'null' ? ([value, item] as const) : alike([value, item])))
  // The list has one type: pairs that agree one by one may not agree together.
  const kinds = pairs.map(([, item]) => item.kind).filter((kind) => kind !== 'null')
  if (new Set(kinds).size > 1 || value.kind === 'null' || value.isLiteral) return leaveToSql()
  const of = pairs[0]?.[0].evaluate ?? value.evaluate
  const items = pairs.map(([, item]) => item.evaluate)
  return {
    kind: 'boolean',
    evaluate: (row) => {
      const found = of(row)
      // All of them, as DuckDB does: it stops where one cannot be evaluated.
      const others = items.map((item) => item(row))
      if (found === null) return null
      if (others.includes(found)) return true
      return others.includes(null) ? null : false
    },
  }
}

/** AND and OR of three values: one side alone may decide. */
export function compileConjunction(how: 'and' | 'or', items: readonly Compiled[]): Compiled {
  if (items.some(({ kind }) => kind !== 'boolean')) return leaveToSql()
  const decisive = how === 'or'
  const all = items.map(({ evaluate }) => evaluate)
  const evaluate = (row: SourceRow): Value => {
    // All of them: DuckDB may evaluate them in any order, and stops where one cannot be.
    let isUnknown = false
    let isDecided = false
    for (const one of all) {
      const value = one(row)
      if (value === decisive) isDecided = true
      else if (value === null) isUnknown = true
    }
    if (isDecided) return decisive
    return isUnknown ? null : !decisive
  }
  return { kind: 'boolean', evaluate }
}

/** Both sides as values that JavaScript compares as DuckDB does. */
function alike([a, b]: readonly [Compiled, Compiled]): readonly [Compiled, Compiled] {
  if (a.kind === 'null' || b.kind === 'null') return leaveToSql()
  if (isMoment(a.kind) && b.kind === 'text' && b.isLiteral) return [a, momentOf(b, a.kind)]
  if (isMoment(b.kind) && a.kind === 'text' && a.isLiteral) return [momentOf(a, b.kind), b]
  // An integer is never the double of a decimal that is no integer: both are short.
  const kinds = new Set([a.kind, b.kind])
  if (!(kinds.has('integer') && kinds.has('decimal')) || a.kind === b.kind) joinedKind(a.kind, b.kind)
  if (a.kind === 'decimal' && b.kind === 'decimal') return leaveToSql()
  return [a, b]
}

const isMoment = (kind: Kind): kind is 'moment' | 'date' => kind === 'moment' || kind === 'date'
const momentOf = (text: Compiled, kind: 'moment' | 'date'): Compiled =>
  literal(kind, literalMoment(literalValue(text), kind))

function comparisonOf(type: string, kind: Kind): Comparison {
  if (type === 'COMPARE_EQUAL') return (a, b) => a === b
  if (type === 'COMPARE_NOTEQUAL') return (a, b) => a !== b
  const holds = orders[type]
  if (!holds || kind === 'boolean') return leaveToSql()
  // DuckDB orders text by its bytes, JavaScript by units of 16 bits: letters of ASCII stand in the same order.
  return kind === 'text' ? (a, b) => holds(ascii(a), ascii(b)) : holds
}

const orders: Readonly<Record<string, Comparison>> = {
  COMPARE_LESSTHAN: (a, b) => (a as number) < (b as number),
  COMPARE_GREATERTHAN: (a, b) => (a as number) > (b as number),
  COMPARE_LESSTHANOREQUALTO: (a, b) => (a as number) <= (b as number),
  COMPARE_GREATERTHANOREQUALTO: (a, b) => (a as number) >= (b as number),
}

/** Text of ASCII alone; other text is left to DuckDB. */
export function ascii(text: Value): string {
  // oxlint-disable-next-line no-control-regex -- the range of ASCII
  return /^[\u0000-\u007f]*$/.test(text as string) ? (text as string) : leaveToSql()
}
