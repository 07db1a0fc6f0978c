/** A value of SQL in JavaScript; moments and dates are epoch milliseconds. Numbers are finite and no integer is −0. */
export type Value = number | string | boolean | null

/** The values of a request row, by the place of the column in its source. */
export type SourceRow = readonly Value[]

/** What is told apart of DuckDB's types; `null` is that of a bare NULL, `decimal` that of a literal such as 0.5. */
export type Kind = 'integer' | 'double' | 'decimal' | 'boolean' | 'text' | 'moment' | 'date' | 'null'

/** An expression as a closure over a row. */
export interface Compiled {
  readonly kind: Kind
  readonly evaluate: (row: SourceRow) => Value
  /** Of an integer: values that surely fit its type in DuckDB, so that arithmetic on it cannot overflow there. */
  readonly range?: Range
  /** Whether it is written in the SQL as it is: then what it is compared with decides its type. */
  readonly isLiteral?: boolean
}

/** From the first to the second, both included. */
export type Range = readonly [least: number, most: number]

/**
 * Says that JavaScript is not certain to give DuckDB's value: of an expression while it is compiled, of a row while it is
 * evaluated. Whoever catches it asks DuckDB.
 */
export function leaveToSql(): never {
  throw left
}

/** Whether an error says so. */
export const isLeftToSql = (error: unknown): boolean => error === left

// One for all, without a stack: it may be thrown for every row.
const left = Object.assign(new Error('Left to DuckDB'), { stack: '' })
