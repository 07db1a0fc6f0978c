/**
 * The little arithmetic that the calendar needs, over numbers or over tensors of a graph: one text of the calendar
 * serves both, so a model file cannot count days differently from its trainer.
 */
export interface Arithmetic<T> {
  /** a + b */
  readonly plus: (a: T, b: T | number) => T
  /** a − b */
  readonly minus: (a: T, b: T) => T
  /** a × factor */
  readonly times: (a: T, factor: number) => T
  /** ⌊a ÷ divisor⌋, for a divisor above 0 */
  readonly over: (a: T, divisor: number) => T
}

/** What {@link calendarPart} can tell of a moment; values as DuckDB's functions of the same names give them. */
export const calendarParts = [
  'year',
  'quarter',
  'month',
  'week',
  'day',
  'dayofyear',
  'dayofweek',
  'isodow',
  'hour',
  'minute',
  'second',
] as const

export type CalendarPart = (typeof calendarParts)[number]

/** Moments further from 1970 than this many milliseconds are treated as missing, as JavaScript's dates are. */
export const farthestMs = 8.64e15

/**
 * One part of a moment in UTC, in the proleptic Gregorian calendar.
 *
 * `dayofweek` counts from Sunday = 0, `isodow` from Monday = 1, `week` is that of ISO 8601.
 *
 * @param moment epoch milliseconds, at most {@link farthestMs} from 0; NaN gives NaN
 * @see Hinnant, "chrono-compatible low-level date algorithms", https://howardhinnant.github.io/date_algorithms.html
 */
export function calendarPart<T>(arithmetic: Arithmetic<T>, part: CalendarPart, moment: T): T {
  const { plus, minus, times, over } = arithmetic
  const ms = over(moment, 1)
  const days = over(ms, dayMs)
  const remainder = (a: T, divisor: number): T => minus(a, times(over(a, divisor), divisor))
  switch (part) {
    case 'hour':
      return remainder(over(ms, 3_600_000), 24)
    case 'minute':
      return remainder(over(ms, 60_000), 60)
    case 'second':
      return remainder(over(ms, 1000), 60)
    case 'dayofweek':
      return remainder(plus(days, 4), 7)
    case 'isodow':
      return plus(remainder(plus(days, 3), 7), 1)
    case 'year':
      return dateOf(arithmetic, days).year
    case 'month':
      return dateOf(arithmetic, days).month
    case 'day':
      return dateOf(arithmetic, days).day
    case 'quarter':
      return over(plus(dateOf(arithmetic, days).month, 2), 3)
    case 'dayofyear':
      return plus(minus(days, yearStart(arithmetic, dateOf(arithmetic, days).year)), 1)
    case 'week':
    default: {
      const thursday = plus(minus(days, remainder(plus(days, 3), 7)), 3)
      return plus(over(minus(thursday, yearStart(arithmetic, dateOf(arithmetic, thursday).year)), 7), 1)
    }
  }
}

const dayMs = 86_400_000

/** The date of a day counted from 1970-01-01; years run from March within, so that the leap day comes last. */
function dateOf<T>({ plus, minus, times, over }: Arithmetic<T>, days: T): { year: T; month: T; day: T } {
  const shifted = plus(days, 719_468)
  const era = over(shifted, 146_097)
  const dayOfEra = minus(shifted, times(era, 146_097))
  const leaps = minus(plus(minus(over(dayOfEra, 36_524), over(dayOfEra, 1460)), dayOfEra), over(dayOfEra, 146_096))
  const yearOfEra = over(leaps, 365)
  const dayOfYear = minus(dayOfEra, plus(times(yearOfEra, 365), minus(over(yearOfEra, 4), over(yearOfEra, 100))))
  const month = over(plus(times(dayOfYear, 5), 2), 153)
  const afterNewYear = over(month, 10)
  return {
    year: plus(plus(yearOfEra, times(era, 400)), afterNewYear),
    month: minus(plus(month, 3), times(afterNewYear, 12)),
    day: plus(minus(dayOfYear, over(plus(times(month, 153), 2), 5)), 1),
  }
}

/** First day of a year, counted from 1970-01-01. */
function yearStart<T>({ plus, minus, times, over }: Arithmetic<T>, year: T): T {
  const before = plus(year, -1)
  const leaps = plus(minus(over(before, 4), over(before, 100)), over(before, 400))
  return plus(plus(times(before, 365), leaps), -719_162)
}

/** Arithmetic over plain numbers. */
export const numberArithmetic: Arithmetic<number> = {
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  times: (a, factor) => a * factor,
  over: (a, divisor) => Math.floor(a / divisor),
}
