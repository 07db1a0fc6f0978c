import { expandTimestamp } from './expand-timestamp.ts'
import type { TimestampPart } from './timestamp-parts.ts'

/** A calendar part with one feature per value. */
export interface CodedPart {
  readonly part: TimestampPart
  /** The values with a feature, rising; each within 0 to 31. */
  readonly values: readonly number[]
}

/**
 * A fitted encoder of a timestamp: one feature per hour, day of the week and month that occurred, and the trend by
 * day, (day − mean) / deviation. Outside the days of training the trend stays where it was at their end, since a
 * straight line is no forecast. A missing moment has all features 0.
 */
export interface TimestampEncoder {
  readonly input: string
  readonly parts: readonly CodedPart[]
  readonly trend?: { readonly mean: number; readonly inverse: number; readonly first: number; readonly last: number }
}

/** Fits an encoder; undefined for a column that says nothing: all missing, or all of one hour and day. */
export function fitTimestamp(input: string, values: Float64Array): TimestampEncoder | undefined {
  const expanded = expandTimestamp(values)
  const parts = codedParts
    .map((part) => ({ part, values: distinct(expanded[part]) }))
    .filter((coded) => coded.values.length > 1)
  const trend = fitTrend(expanded.day)
  if (parts.length === 0 && !trend) return undefined
  return { input, parts, ...(trend && { trend }) }
}

/** The trend feature of each row's day. */
export function encodeTrend(trend: NonNullable<TimestampEncoder['trend']>, day: number): number {
  if (!Number.isFinite(day)) return 0
  return (Math.min(Math.max(day, trend.first), trend.last) - trend.mean) * trend.inverse
}

function fitTrend(days: Float64Array): TimestampEncoder['trend'] {
  const known = days.filter((day) => Number.isFinite(day))
  const mean = known.reduce((sum, day) => sum + day, 0) / known.length
  const variance = known.reduce((sum, day) => sum + (day - mean) ** 2, 0) / known.length
  if (!(variance > 0)) return undefined
  const first = known.reduce((least, day) => Math.min(least, day), Infinity)
  const last = known.reduce((most, day) => Math.max(most, day), -Infinity)
  return { mean, inverse: 1 / Math.sqrt(variance), first, last }
}

const distinct = (values: Float64Array): number[] =>
  [...new Set(values)].filter((value) => Number.isFinite(value)).sort((a, b) => a - b)

const codedParts = ['hour', 'dayOfWeek', 'month'] as const satisfies readonly TimestampPart[]
