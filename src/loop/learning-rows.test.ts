import { expect, test } from 'vitest'
import type { Examples } from '#dataset'
import { numberColumn, numbersOf } from '#platform'
import { tableOf, truthOf } from './learning-rows.ts'

const examples = (values: readonly number[]): Examples => ({
  table: { rowCount: values.length, columns: { x: numberColumn(values) } },
  target: { kind: 'numbers', values: Float64Array.from(values) },
  known: new Uint8Array(values.length).fill(1),
  rowNumbers: Float64Array.from(values),
  times: null,
  outcomeAfterMs: 0,
})

test.each([
  ['all rows in their own order', [0, 1, 2, 3]],
  ['all rows in the order of folds', [2, 0, 3, 1]],
  ['some rows', [3, 1]],
])('tableOf() and truthOf() give the same rows in the order of the places: %s', (_, places) => {
  const slice = { examples: examples([0, 1, 2, 3]), places: Int32Array.from(places) }
  expect([...numbersOf(tableOf(slice), 'x')]).toEqual(places)
  expect(truthOf(slice)).toEqual({ kind: 'numbers', values: Float64Array.from(places) })
})
