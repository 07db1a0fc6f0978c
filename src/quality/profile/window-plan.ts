import { numbersOf, quoteName, type EpochMs, type Table } from '#platform'
import { numberSql, type RelationColumns } from './relation-columns.ts'

/** Spans of equal length, one after the other, by a column of moments; the last one ends at `endMs`, maybe early. */
export interface TimeWindows {
  readonly column: string
  readonly startMs: EpochMs
  readonly windowMs: number
  readonly endMs: EpochMs
}

/** How the rows of a relation fall into windows, in SQL and in memory. */
export interface WindowPlan {
  readonly windows: readonly { readonly startMs: EpochMs; readonly endMs: EpochMs }[]
  /** SQL of the moment of a row, epoch ms; null where all rows are of the one window. */
  readonly momentSql: string | null
  /** SQL of the window of a row, from 0. */
  readonly windowSql: string
  /** SQL `where …` that keeps the rows of the windows; '' where that is all of them. */
  readonly whereSql: string
  /** The window of each row of a piece, −1 where it is in none; `moment` names the column of moments. */
  windowsOf(piece: Table, moment: string): Int32Array
}

/** Where rows come from and how they fall into windows. */
export interface WindowedRelation {
  readonly relation: string
  readonly columns: RelationColumns
  readonly plan: WindowPlan
}

/** All rows in one window. */
export function oneWindow(startMs: EpochMs, endMs: EpochMs): WindowPlan {
  return {
    windows: [{ startMs, endMs }],
    momentSql: null,
    windowSql: '0',
    whereSql: '',
    windowsOf: (piece) => new Int32Array(piece.rowCount),
  }
}

/**
 * Rows by time: window k holds startMs + k·windowMs ≤ t < startMs + (k + 1)·windowMs.
 * @throws RangeError when the span is empty or the windows have no length
 */
export function timeWindows(columns: RelationColumns, { column, startMs, windowMs, endMs }: TimeWindows): WindowPlan {
  if (!(windowMs > 0 && endMs > startMs))
    throw new RangeError(`Cannot profile windows: ${startMs} to ${endMs} in steps of ${windowMs} ms are none`)
  const starts = Array.from({ length: Math.ceil((endMs - startMs) / windowMs) }, (_, k) => startMs + k * windowMs)
  const moment = numberSql(columns, { name: column, type: 'timestamp' })
  return {
    windows: starts.map((start) => ({ startMs: start, endMs: Math.min(start + windowMs, endMs) })),
    momentSql: moment,
    windowSql: `floor((${moment} - ${startMs}) / ${windowMs})::integer`,
    whereSql: `where ${betweenSql(columns, { column, startMs, endMs, moment })}`,
    windowsOf: (piece, name) => {
      const moments = numbersOf(piece, name)
      const windows = new Int32Array(moments.length)
      for (let row = 0; row < moments.length; row++) {
        const at = moments[row] as number
        windows[row] = at >= startMs && at < endMs ? Math.floor((at - startMs) / windowMs) : -1
      }
      return windows
    },
  }
}

/** Bounds on the column itself let DuckDB skip parts of a file; NaN is greater than any number to it. */
function betweenSql(
  columns: RelationColumns,
  { column, startMs, endMs, moment }: { column: string; startMs: EpochMs; endMs: EpochMs; moment: string },
): string {
  if (columns.get(column) !== 'TIMESTAMP') return `${moment} >= ${startMs} and ${moment} < ${endMs}`
  const at = (ms: EpochMs): string => `make_timestamp(${ms * 1000})`
  return `${quoteName(column)} >= ${at(startMs)} and ${quoteName(column)} < ${at(endMs)}`
}
