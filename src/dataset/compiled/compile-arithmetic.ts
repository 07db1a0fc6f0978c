import { integerIn, joinedRange, rangeOf } from './integer-range.ts'
import { leaveToSql, type Compiled, type SourceRow, type Value } from './value.ts'

/** An operator on two numbers that are there. */
type Operation = (a: number, b: number) => number

/** `a + b`, `a - b`, `a * b`, `a / b` or `a % b`. Infinity, and what is divided by 0, is left to DuckDB. */
export function compileArithmetic(operator: string, [a, b]: readonly [Compiled, Compiled]): Compiled {
  const operation = operations[operator]
  if (!operation || !isNumber(a) || !isNumber(b)) return leaveToSql()
  const areIntegers = a.kind === 'integer' && b.kind === 'integer'
  if (operator !== '/' && areIntegers) {
    const range = joinedRange(a, b)
    return { kind: 'integer', range, evaluate: onBoth([a, b], (x, y) => integerIn(range, operation(x, y))) }
  }
  // Of an integer and a decimal, and of two decimals, DuckDB makes a decimal.
  if (a.kind !== 'double' && b.kind !== 'double' && !areIntegers) return leaveToSql()
  if (operator === '%') return leaveToSql()
  return { kind: 'double', evaluate: onBoth([a, b], (x, y) => finite(operation(x, y))) }
}

const operations: Readonly<Record<string, Operation>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? leaveToSql() : a / b),
  '%': (a, b) => (b === 0 ? leaveToSql() : a % b),
}

/** A function of one number: `abs`, `round`, `floor`, `ceil`, `-`, `+`. */
export function compileOfNumber(name: string, a: Compiled): Compiled {
  if (a.kind === 'integer') {
    const ofInteger = ofIntegers[name]
    if (!ofInteger) return leaveToSql()
    const range = rangeOf(a)
    return { kind: 'integer', range, evaluate: onOne(a, (x) => integerIn(range, ofInteger(x))) }
  }
  const ofDouble = ofDoubles[name]
  if (!ofDouble || a.kind !== 'double') return leaveToSql()
  return { kind: 'double', evaluate: onOne(a, ofDouble) }
}

const ofIntegers: Readonly<Record<string, (a: number) => number>> = {
  abs: Math.abs,
  '@': Math.abs,
  '-': (a) => -a,
  '+': (a) => a,
}

const ofDoubles: Readonly<Record<string, (a: number) => number>> = {
  ...ofIntegers,
  round: awayFromZero,
  floor: Math.floor,
  ceil: Math.ceil,
  ceiling: Math.ceil,
}

/** The next integer, halves away from zero: floor and difference are exact, where adding a half is not. */
function awayFromZero(a: number): number {
  const size = Math.abs(a)
  const below = Math.floor(size)
  const rounded = size - below >= 0.5 ? below + 1 : below
  return a < 0 || Object.is(a, -0) ? -rounded : rounded
}

const isNumber = ({ kind }: Compiled): boolean => kind === 'integer' || kind === 'double' || kind === 'decimal'

const finite = (value: number): number => (Number.isFinite(value) ? value : leaveToSql())

const onOne =
  ({ evaluate }: Compiled, apply: (a: number) => number) =>
  (row: SourceRow): Value => {
    const value = evaluate(row)
    return value === null ? null : apply(value as number)
  }

const onBoth =
  ([a, b]: readonly [Compiled, Compiled], apply: Operation) =>
  (row: SourceRow): Value => {
    const [one, other] = [a.evaluate(row), b.evaluate(row)]
    return one === null || other === null ? null : apply(one as number, other as number)
  }
