import type { Field, FieldType } from '#model'
import type { EpochMs } from '#platform'
import type { Binning, ColumnProfile } from '../schema.ts'

/** The growing statistics of one column in some windows, the first window first. */
export interface Tally {
  readonly bins: number
  /** Shape [windows × bins], row-major. */
  readonly counts: Float64Array
  /** The rest is shape [windows]. */
  readonly nulls: Float64Array
  /** Infinity in a window without a value. */
  readonly least: Float64Array
  /** −Infinity in a window without a value. */
  readonly greatest: Float64Array
  readonly sums: Float64Array
  readonly squares: Float64Array
}

/** One column, how it is counted, and its statistics as they grow. */
export interface ColumnTally {
  readonly field: Field
  readonly binning: Binning
  readonly tally: Tally
}

/** What a profile says besides its statistics. */
export interface ProfileTitle {
  readonly column: string
  readonly type: FieldType
  readonly binning: Binning
  readonly startMs: EpochMs
  readonly endMs: EpochMs
}

/** A tally of no rows. */
export function emptyTally(windows: number, binning: Binning): Tally {
  const bins = (binning.kind === 'edges' ? binning.edges : binning.values).length + 1
  return {
    bins,
    counts: new Float64Array(windows * bins),
    nulls: new Float64Array(windows),
    least: new Float64Array(windows).fill(Infinity),
    greatest: new Float64Array(windows).fill(-Infinity),
    sums: new Float64Array(windows),
    squares: new Float64Array(windows),
  }
}

/** The profile of one window of a tally. */
export function profileOf(tally: Tally, window: number, title: ProfileTitle): ColumnProfile {
  const { column, type, binning, startMs, endMs } = title
  const counts = Array.from(tally.counts.subarray(window * tally.bins, (window + 1) * tally.bins))
  const known = counts.reduce((sum, count) => sum + count, 0)
  const nulls = tally.nulls[window] as number
  return {
    column,
    type,
    startMs,
    endMs,
    rows: known + nulls,
    nulls,
    binning,
    counts,
    min: known === 0 ? null : plainNumber(tally.least[window] as number),
    max: known === 0 ? null : plainNumber(tally.greatest[window] as number),
    sum: plainNumber(tally.sums[window] as number),
    sumSquares: plainNumber(tally.squares[window] as number),
  }
}

/** A number that JSON gives back as it was: no −0, and the greatest one in place of Infinity, where a sum overflows. */
export function plainNumber(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)) + 0
}
