import type { Snapshot } from '#ingress'
import type { FieldType } from '#model'
import type { EpochMs } from '#platform'
import type { CheckSpec } from '#system'

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

/** How a check went. */
export interface CheckResult {
  readonly check: CheckSpec
  /** As people read it: `fare_amount between 0 and 1000`. */
  readonly name: string
  readonly severity: CheckSpec['severity']
  readonly passed: boolean
  /** Rows that were checked: those of `where`. */
  readonly rows: number
  /** Of them, those that break it. */
  readonly failed: number
  /** `failed` / `rows`, 0-1; 0 without rows. */
  readonly share: number
  /** What was seen: the least and largest value, the latest moment, the number of rows. */
  readonly observed: Readonly<Record<string, number | string | null>>
  /** Why it could not be asked, such as a column that is gone; it has failed then. */
  readonly problem: string | null
  /** The first few rows that break it. */
  readonly sample: readonly Readonly<Record<string, unknown>>[]
}

/** Rows that a check with the severity `quarantine` took out of a snapshot. */
export interface QuarantineRecord {
  readonly id: string
  readonly system: string
  readonly source: string
  /** Id of the snapshot. */
  readonly snapshot: string
  readonly rows: number
  /** Rows by the name of the check that they break; a row can break several. */
  readonly reasons: Readonly<Record<string, number>>
  /** Parquet file among the blobs: the rows, with a column `millrace_reasons`. */
  readonly digest: string
  readonly atMs: number
}

/** What the checks said of a snapshot. */
export interface Inspection {
  readonly results: readonly CheckResult[]
  /** The snapshot without the quarantined rows; the snapshot itself when there are none. */
  readonly kept: Snapshot
  /** SQL of the kept rows, to stand in FROM. */
  readonly relation: string
  readonly quarantined: number
  /** Whether a check of the severity `stop` failed. */
  readonly stopped: boolean
}
