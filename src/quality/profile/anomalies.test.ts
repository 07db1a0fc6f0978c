import { expect, test } from 'vitest'
import type { ColumnProfile } from '../schema.ts'
import { anomalies } from './anomalies.ts'

interface Window {
  readonly rows: number
  readonly nulls?: number
  readonly mean?: number
}

const windows = (column: string, list: readonly Window[], start = 0): ColumnProfile[] =>
  list.map(({ rows, nulls = 0, mean = 0 }, place) => ({
    column,
    type: 'numeric',
    startMs: start + place,
    endMs: start + place + 1,
    rows,
    nulls,
    binning: { column, kind: 'edges', edges: [] },
    counts: [rows - nulls],
    min: mean,
    max: mean,
    sum: mean * (rows - nulls),
    sumSquares: 0,
  }))

const current = (window: Window): ColumnProfile => windows('x', [window], 100)[0] as ColumnProfile

const steady = [98, 102, 98, 102, 98, 102, 98, 102].map((rows) => ({ rows, mean: 5 }))

test('anomalies() gives the bounds, mean ± 3 standard deviations of the history', () => {
  expect(anomalies(windows('x', steady), current({ rows: 110, mean: 5 }))).toEqual([
    {
      column: 'x',
      kind: 'row-count',
      startMs: 100,
      endMs: 101,
      value: 110,
      low: 94,
      high: 106,
      mean: 100,
      standardDeviation: 2,
      windows: 8,
      statement: 'The number of rows of x is 110, outside 94 to 106, which 8 earlier windows lead to expect',
    },
  ])
})

test('anomalies() finds nothing at the bounds or within', () => {
  expect(anomalies(windows('x', steady), current({ rows: 106, mean: 5 }))).toEqual([])
  expect(anomalies(windows('x', steady), current({ rows: 94, mean: 5 }))).toEqual([])
})

test('anomalies() finds missing values, a mean that moved, and a window without rows', () => {
  const kinds = (window: Window) => anomalies(windows('x', steady), current(window)).map(({ kind }) => kind)
  expect(kinds({ rows: 100, nulls: 1, mean: 5 })).toEqual(['null-share'])
  expect(kinds({ rows: 100, mean: 5.1 })).toEqual(['mean'])
  expect(kinds({ rows: 0 })).toEqual(['row-count'])
})

test('anomalies() takes rounding of equal means for no deviation', () => {
  const history = windows(
    'x',
    Array.from({ length: 7 }, () => ({ rows: 3, mean: 0.1 })),
  )
  expect(anomalies(history, current({ rows: 3, mean: 0.1 + 1e-16 }))).toEqual([])
})

test('anomalies() says nothing before 7 windows that have the measure', () => {
  expect(anomalies(windows('x', steady.slice(0, 6)), current({ rows: 1000, mean: 9 }))).toEqual([])
  const empty = windows('x', [...steady.slice(0, 6), { rows: 0 }, { rows: 0 }])
  expect(anomalies(empty, current({ rows: 100, mean: 9 }))).toEqual([])
})

test('anomalies() leaves later windows, other columns and the window itself aside', () => {
  const now = current({ rows: 1000, mean: 5 })
  const others = [...windows('y', steady), ...windows('x', steady, 101), now]
  expect(anomalies(others, now)).toEqual([])
  expect(anomalies([...others, ...windows('x', steady)], now)).toHaveLength(1)
})

test('anomalies() lets the mean of moments move on', () => {
  const asTime = (profile: ColumnProfile): ColumnProfile => ({ ...profile, type: 'timestamp' })
  expect(anomalies(windows('x', steady).map(asTime), asTime(current({ rows: 100, mean: 99 })))).toEqual([])
})
