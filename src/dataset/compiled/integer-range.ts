import type { Compiled, Range } from './value.ts'
import { leaveToSql } from './value.ts'

/** Integers that JavaScript holds exactly. What lies beyond is left to DuckDB. */
const exact: Range = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]

/** Values of DuckDB's integer types, as far as JavaScript holds them exactly. */
export const integerTypes: ReadonlyMap<string, Range> = new Map<string, Range>([
  ['TINYINT', [-128, 127]],
  ['SMALLINT', [-32_768, 32_767]],
  ['INTEGER', [-2_147_483_648, 2_147_483_647]],
  ['BIGINT', exact],
  ['UTINYINT', [0, 255]],
  ['USMALLINT', [0, 65_535]],
  ['UINTEGER', [0, 4_294_967_295]],
  ['UBIGINT', [0, Number.MAX_SAFE_INTEGER]],
])

/** An integer of a range, −0 as 0; left to DuckDB where it lies outside. */
export function integerIn([least, most]: Range, value: number): number {
  return value >= least && value <= most ? value + 0 : leaveToSql()
}

/**
 * Range of what is made of two integers. DuckDB takes the wider of two signed types, and fits a literal to the other side;
 * of other pairs only what both can hold is certain.
 */
export function joinedRange(a: Compiled, b: Compiled): Range {
  const [one, other] = [rangeOf(a), rangeOf(b)]
  if (a.isLiteral && !b.isLiteral) return other
  if (b.isLiteral && !a.isLiteral) return one
  const areSigned = one[0] < 0 && other[0] < 0
  return areSigned
    ? [Math.min(one[0], other[0]), Math.max(one[1], other[1])]
    : [Math.max(one[0], other[0]), Math.min(one[1], other[1])]
}

export const rangeOf = ({ range = exact }: Compiled): Range => range
