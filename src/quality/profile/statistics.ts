import type { ColumnProfile } from '../schema.ts'

/** Mean of the values of a profile: sum / (rows − nulls); null without a value. */
export function meanOf(profile: ColumnProfile): number | null {
  const known = profile.rows - profile.nulls
  return known === 0 ? null : profile.sum / known
}

/**
 * Standard deviation of all values of a profile: √(sumSquares / n − mean²), n = rows − nulls; null without a value.
 *
 * It is the difference of two large numbers where the values lie far from 0 compared with their spread: about
 * 1e-8 · |mean| is lost to rounding.
 */
export function standardDeviationOf(profile: ColumnProfile): number | null {
  const mean = meanOf(profile)
  if (mean === null) return null
  return Math.sqrt(Math.max(0, profile.sumSquares / (profile.rows - profile.nulls) - mean * mean))
}

/** Share of rows without a value, 0-1; null without a row. */
export function nullShare(profile: ColumnProfile): number | null {
  return profile.rows === 0 ? null : profile.nulls / profile.rows
}

/** Share of the values in each bin, shape [bins], summing to 1; all 0 without a value. */
export function proportionsOf(profile: ColumnProfile): number[] {
  const known = profile.rows - profile.nulls
  return profile.counts.map((count) => (known === 0 ? 0 : count / known))
}
