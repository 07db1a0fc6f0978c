import { expect, test } from 'vitest'
import { numberColumn, stringColumn } from '#platform'
import type { RowSlice } from '../learning-rows.ts'
import { segmentSlice } from './segment-slice.ts'
import { ownSegments } from './segment-rows.ts'

/** Rows of shops with a class each. */
function sliceOf(
  rows: readonly (readonly [shop: string | null, label: number])[],
  classes = ['a', 'b', 'c'],
): RowSlice {
  return {
    examples: {
      table: { rowCount: rows.length, columns: { shop: stringColumn(rows.map(([shop]) => shop)) } },
      target: { kind: 'classes', classes, labels: Int32Array.from(rows, ([, label]) => label) },
      known: new Uint8Array(rows.length).fill(1),
      times: null,
      rowNumbers: Float64Array.from(rows.keys()),
      outcomeAfterMs: 0,
    },
    places: Int32Array.from(rows.keys()),
  }
}
const by = { by: 'shop', minRows: 2 }

test('ownSegments() gives segments of enough rows, by name', () => {
  const slice = sliceOf([
    ['rome', 0],
    ['oslo', 1],
    ['pisa', 0],
    ['rome', 1],
    ['oslo', 0],
    [null, 0],
    [null, 1],
  ])
  expect(ownSegments(slice, by)).toEqual(
    new Map([
      ['oslo', Int32Array.of(1, 4)],
      ['rome', Int32Array.of(0, 3)],
    ]),
  )
})

test('ownSegments() leaves out a segment that lacks a class which other rows have, not one that no row has', () => {
  const rows = [
    ['rome', 0],
    ['oslo', 0],
    ['rome', 1],
    ['oslo', 0],
    ['oslo', 0],
  ] as const
  expect([...ownSegments(sliceOf(rows), by).keys()]).toEqual(['rome'])
})

test('segmentSlice() names the largest segments and puts the others together', () => {
  const shops = Array.from({ length: 30 }, (_, shop) => Array.from({ length: 40 - shop }, () => `shop ${shop}`)).flat()
  const { shop } = segmentSlice({ shop: stringColumn([null, ...shops]) }, { ...by, maxSegments: 9 })
  if (shop?.kind !== 'string') throw new Error('It is a text column')
  expect(shop.dictionary).toEqual([...Array.from({ length: 20 }, (_, place) => `shop ${place}`), '(all others)'])
  expect(shop.codes[0]).toBe(-1)
  expect(shop.codes.filter((code) => code === 20)).toHaveLength(155)
})

test('segmentSlice() of few segments is their column, and of no partition nothing', () => {
  const columns = { shop: stringColumn(['rome', 'oslo']), load: numberColumn([1, 2]) }
  expect(segmentSlice(columns, { ...by, maxSegments: 9 })).toEqual({ shop: columns.shop })
  expect(segmentSlice(columns, undefined)).toEqual({})
})
