import type { Anomaly, ColumnProfile } from '../schema.ts'
import { meanOf, nullShare } from './statistics.ts'

/**
 * The measures of a window that its history does not lead to expect: those outside mean ± 3 standard deviations (of all
 * the windows, so divided by n) of the same measure over at least 7 windows that had it. Where the history never
 * varied, every other value is outside.
 *
 * Measured are the share of rows without a value, the number of rows, and the mean of the values, but of moments not
 * the mean: time moves on.
 *
 * @param history profiles of earlier windows, in any order; those of other columns, and those that end after `current`
 * starts, are left aside
 * @returns at most one of each kind
 * @see reference: NannyML bounds a metric by mean ± 3 · standard deviation (ddof 0) over reference chunks; elementary
 * asks for 7 earlier points
 */
export function anomalies(history: readonly ColumnProfile[], current: ColumnProfile): readonly Anomaly[] {
  const earlier = history.filter(({ column, endMs }) => column === current.column && endMs <= current.startMs)
  return measures.flatMap((measure) => {
    const value = measure.of(current)
    const values = earlier.map(measure.of).filter((one) => one !== null)
    if (value === null || values.length < leastWindows) return []
    const { low, high, mean, standardDeviation } = boundsOf(values, measure)
    if (value >= low && value <= high) return []
    const { column, startMs, endMs } = current
    const windows = values.length
    const { kind, inWords } = measure
    const statement = `${inWords(column)} is ${shortNumber(value)}, outside ${shortNumber(low)} to ${shortNumber(high)}, which ${windows} earlier windows lead to expect`
    return [{ column, kind, startMs, endMs, value, low, high, mean, standardDeviation, windows, statement }]
  })
}

interface Measure {
  readonly kind: Anomaly['kind']
  readonly inWords: (column: string) => string
  /** Null in a window that does not have it. */
  readonly of: (profile: ColumnProfile) => number | null
  readonly least: number
  readonly greatest: number
}

const measures: readonly Measure[] = [
  {
    kind: 'null-share',
    inWords: (column) => `The share of rows without a value of ${column}`,
    of: nullShare,
    least: 0,
    greatest: 1,
  },
  {
    kind: 'row-count',
    inWords: (column) => `The number of rows of ${column}`,
    of: (profile) => profile.rows,
    least: 0,
    greatest: Infinity,
  },
  {
    kind: 'mean',
    inWords: (column) => `The mean of ${column}`,
    of: (profile) => (profile.type === 'timestamp' ? null : meanOf(profile)),
    least: -Infinity,
    greatest: Infinity,
  },
]

/** Rounding of equal values is no deviation: bounds are never closer than a billionth of the mean. */
function boundsOf(values: readonly number[], { least, greatest }: Measure) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  const standardDeviation = Math.sqrt(variance)
  const reach = Math.max(3 * standardDeviation, Math.abs(mean) * 1e-9)
  return {
    mean,
    standardDeviation,
    low: Math.max(least, mean - reach),
    high: Math.min(greatest, mean + reach),
  }
}

const leastWindows = 7

const shortNumber = (value: number): string => String(Number(value.toPrecision(4))).replace('-', '−')
