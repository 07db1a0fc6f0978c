import type { FieldType } from '#model'
import { binOf, type NumberBins } from './number-bins.ts'
import type { Tally } from './tally.ts'

/** Numbers of one column, in the order of the rows. */
export interface Numbers {
  /** Shape [rows]. NaN and infinities have no value; of moments neither does what lies off the calendar. */
  readonly values: Float64Array
  /** The window of each row, −1 where it is in none, shape [rows]. */
  readonly windows: Int32Array
  readonly type: FieldType
}

/**
 * Adds numbers to a tally, one after the other: the same numbers in the same order give the same sums, bit by bit.
 */
export function addNumbers(tally: Tally, { values, windows, type }: Numbers, bins: NumberBins): void {
  const { counts, nulls, least, greatest, sums, squares } = tally
  const width = tally.bins
  const limit = type === 'timestamp' ? lastMoment : Number.MAX_VALUE
  for (let row = 0; row < values.length; row++) {
    const window = windows[row] as number
    if (window < 0) continue
    const value = values[row] as number
    if (!(Math.abs(value) <= limit)) {
      nulls[window] = (nulls[window] as number) + 1
      continue
    }
    const place = window * width + binOf(bins, value)
    counts[place] = (counts[place] as number) + 1
    if (value < (least[window] as number)) least[window] = value
    if (value > (greatest[window] as number)) greatest[window] = value
    sums[window] = (sums[window] as number) + value
    squares[window] = (squares[window] as number) + value * value
  }
}

/** Milliseconds from 1970 to the ends of the calendar: a moment 'infinity' lies beyond. */
const lastMoment = 8.64e15
