import { expect, test } from 'vitest'
import { numberColumn } from '#platform'
import type { ColumnProfile } from '../schema.ts'
import { profileTable } from './profile-table.ts'
import { meanOf, nullShare, proportionsOf, standardDeviationOf } from './statistics.ts'

const profile = (values: (number | null)[]): ColumnProfile =>
  profileTable(
    { rowCount: values.length, columns: { x: numberColumn(values) } },
    {
      fields: [{ name: 'x', type: 'numeric' }],
      binnings: [{ column: 'x', kind: 'edges', edges: [5] }],
      startMs: 0,
      endMs: 1,
    },
  )[0] as ColumnProfile

test('the statistics of 2, 4, 4, 4, 5, 5, 7, 9 are mean 5 and deviation 2, beside two rows without a value', () => {
  const known = profile([2, 4, 4, 4, 5, 5, 7, 9, null, null])
  expect(meanOf(known)).toBe(5)
  expect(standardDeviationOf(known)).toBe(2)
  expect(nullShare(known)).toBe(0.2)
  expect(proportionsOf(known)).toEqual([0.5, 0.5])
})

test('standardDeviationOf() of equal values is 0, not the root of a rounding error', () => {
  expect(standardDeviationOf(profile([0.1, 0.1, 0.1]))).toBeLessThan(1e-8)
})

test('without a value there is no mean and no deviation, without a row no share', () => {
  expect([meanOf(profile([null])), standardDeviationOf(profile([null])), nullShare(profile([null]))]).toEqual([
    null,
    null,
    1,
  ])
  expect(nullShare(profile([]))).toBeNull()
  expect(proportionsOf(profile([null]))).toEqual([0, 0])
})
