import type { Duration } from '#platform'
import type { SystemInput } from '../schema.ts'

type CheckInput = NonNullable<SystemInput['checks']>[number]

/** What every check may say besides. */
export interface CheckOptions {
  /** Least share of rows that must pass, 0-1; all of them where absent. */
  readonly mostly?: number
  /** What a break causes: a warning, rows put into quarantine, or the loop stopped. `warn` where absent. */
  readonly severity?: 'warn' | 'quarantine' | 'stop'
  /** SQL condition: only these rows are checked. */
  readonly where?: string
  /** Source that is checked; the only one where absent. */
  readonly source?: string
}

/** The smallest or largest good value: a number, a date or a text. */
export type Bound = number | string

/** Every row has a value. */
export const notNull = (column: string, options: CheckOptions = {}): CheckInput => ({
  ...options,
  kind: 'not-null',
  column,
})

/** No two rows have the same values in these columns. */
export const unique = (columns: string | readonly string[], options: CheckOptions = {}): CheckInput => ({
  ...options,
  kind: 'unique',
  columns: typeof columns === 'string' ? [columns] : [...columns],
})

/** Values lie in a range, its ends included; null leaves an end open. Missing values pass. */
export function between(
  column: string,
  ...[min, max, options = {}]: [min: Bound | null, max: Bound | null, options?: CheckOptions]
): CheckInput {
  return { ...options, kind: 'between', column, ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) }
}

/** Values are among those listed. Missing values pass. */
export const inSet = (
  column: string,
  values: readonly (string | number | boolean)[],
  options: CheckOptions = {},
): CheckInput => ({ ...options, kind: 'in-set', column, values: [...values] })

/** Texts contain a match of the pattern; anchor it with ^ and $ for the whole text. Missing values pass. */
export const matches = (column: string, pattern: string | RegExp, options: CheckOptions = {}): CheckInput => ({
  ...options,
  kind: 'matches',
  column,
  pattern: typeof pattern === 'string' ? pattern : patternText(pattern),
})

/** The newest row is no older than this. */
export const fresh = (within: Duration, options: CheckOptions & { readonly column?: string } = {}): CheckInput => ({
  ...options,
  kind: 'fresh',
  within,
})

/** A pull has at least and at most so many rows. */
export const rowCount = (
  range: { readonly min?: number; readonly max?: number },
  options: CheckOptions = {},
): CheckInput => ({ ...options, ...range, kind: 'row-count' })

/** Any SQL condition that is true for a good row. It is called by its own text where it has no name. */
export const check = (condition: string, options: CheckOptions & { readonly name?: string } = {}): CheckInput => ({
  ...options,
  kind: 'sql',
  name: options.name ?? condition.replaceAll(/\s+/g, ' ').trim(),
  condition,
})

/** DuckDB's patterns are RE2, where flags stand inside. */
function patternText({ source, flags }: RegExp): string {
  const kept = flags.replaceAll(/[^ims]/g, '')
  return kept === '' ? source : `(?${kept})${source}`
}
