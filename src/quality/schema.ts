// NOTE to whoever works in src/quality: src/quality/profile/** (profiles, binnings, their store) is in work by another engineer; write checks, quarantine and inspection beside it and export both from index.ts.
import type { FieldType } from '#model'
import type { EpochMs } from '#platform'

/**
 * How the values of a column are counted, chosen once and kept, so that profiles of any two windows can be compared and
 * added.
 *
 * `edges`: n edges give n + 1 bins: below the first, [e₀, e₁) …, from the last on. `values`: one bin for each value, and
 * one more for every other value.
 */
export type Binning =
  | { readonly column: string; readonly kind: 'edges'; readonly edges: readonly number[] }
  | { readonly column: string; readonly kind: 'values'; readonly values: readonly string[] }

/** The statistics of one column in one window: what quality, drift, anomaly and charts all read. Profiles add up. */
export interface ColumnProfile {
  readonly column: string
  readonly type: FieldType
  readonly startMs: EpochMs
  /** Half-open: rows of [startMs, endMs). */
  readonly endMs: EpochMs
  readonly rows: number
  /** Rows without a value; NaN and infinities count here too. */
  readonly nulls: number
  readonly binning: Binning
  /** Rows in each bin of the binning; with `nulls` they add up to `rows`. */
  readonly counts: readonly number[]
  /** Of numbers, booleans (0 and 1) and moments (epoch ms), text by its length; null without a value. */
  readonly min: number | null
  readonly max: number | null
  readonly sum: number
  readonly sumSquares: number
}

/** A measure of a column that lies outside what its history leads to expect. Plain JSON. */
export interface Anomaly {
  readonly column: string
  readonly kind: 'null-share' | 'row-count' | 'mean'
  readonly startMs: EpochMs
  readonly endMs: EpochMs
  readonly value: number
  /** Mean of the history ± 3 standard deviations, within what the measure can be. */
  readonly low: number
  readonly high: number
  readonly mean: number
  readonly standardDeviation: number
  /** Windows of the history that had the measure. */
  readonly windows: number
  /** One sentence with the value and its bounds. */
  readonly statement: string
}
