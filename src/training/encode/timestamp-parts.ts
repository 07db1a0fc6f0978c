/** What is read off a moment, in UTC; see {@link timestampParts} for the ranges. */
export type TimestampPart = 'hour' | 'timeOfDay' | 'dayOfWeek' | 'dayOfMonth' | 'month' | 'dayOfYear' | 'day'

/** Every part, in the order they are made. */
export const timestampPartNames: readonly TimestampPart[] = [
  'hour',
  'timeOfDay',
  'dayOfWeek',
  'dayOfMonth',
  'month',
  'dayOfYear',
  'day',
]

/** Float64 arithmetic over numbers, or over the tensors of a graph: the same formula runs as either. */
export interface Arithmetic<T> {
  readonly of: (constant: number) => T
  readonly add: (a: T, b: T) => T
  readonly subtract: (a: T, b: T) => T
  readonly multiply: (a: T, b: T) => T
  readonly divide: (a: T, b: T) => T
  readonly floor: (a: T) => T
}

/**
 * The calendar parts of a moment, in the proleptic Gregorian calendar and UTC; all are missing (NaN) where it is.
 *
 * `hour` 0-23, `timeOfDay` hours with fraction [0, 24), `dayOfWeek` 0 (Monday) to 6, `dayOfMonth` 1-31, `month` 1-12,
 * `dayOfYear` 1-366, `day` whole days since 1970-01-01. All but `timeOfDay` are integers and exact in float32.
 *
 * @param ms epoch milliseconds
 * @see Hinnant, "chrono-compatible low-level date algorithms", civil_from_days
 */
export function timestampParts<T>(math: Arithmetic<T>, ms: T): Readonly<Record<TimestampPart, T>> {
  const { of, add, subtract, multiply, divide, floor } = math
  const over = (a: T, b: number): T => floor(divide(a, of(b)))
  const times = (a: T, b: number): T => multiply(a, of(b))
  const plus = (a: T, b: number): T => add(a, of(b))

  const day = over(ms, 86_400_000)
  const msOfDay = subtract(ms, times(day, 86_400_000))
  const timeOfDay = divide(msOfDay, of(3_600_000))
  const sinceMonday = plus(day, 3)
  const dayOfWeek = subtract(sinceMonday, times(over(sinceMonday, 7), 7))

  const shifted = plus(day, 719_468) // days since 0000-03-01: years then end with the leap day
  const dayOfEra = subtract(shifted, times(over(shifted, 146_097), 146_097))
  const leapDays = subtract(subtract(over(dayOfEra, 1460), over(dayOfEra, 36_524)), times(over(dayOfEra, 146_096), -1))
  const year = over(subtract(dayOfEra, leapDays), 365)
  const yearStart = add(times(year, 365), subtract(over(year, 4), over(year, 100)))
  const dayOfMarchYear = subtract(dayOfEra, yearStart)
  const marchMonth = over(plus(times(dayOfMarchYear, 5), 2), 153)
  const dayOfMonth = plus(subtract(dayOfMarchYear, over(plus(times(marchMonth, 153), 2), 5)), 1)
  const isJanuaryOrFebruary = over(marchMonth, 10)
  const month = subtract(plus(marchMonth, 3), times(isJanuaryOrFebruary, 12))

  const divides = (n: number): T => subtract(over(year, n), over(plus(year, -1), n))
  const isLeap = add(subtract(divides(4), divides(100)), divides(400))
  // From March on: 59 days of January and February and the leap day lie before; until then: the year began at 306.
  const afterMarch = plus(add(dayOfMarchYear, isLeap), 60)
  const beforeMarch = plus(dayOfMarchYear, -305)
  const dayOfYear = add(afterMarch, multiply(isJanuaryOrFebruary, subtract(beforeMarch, afterMarch)))

  return { hour: floor(timeOfDay), timeOfDay, dayOfWeek, dayOfMonth, month, dayOfYear, day }
}
