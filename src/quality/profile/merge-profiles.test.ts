import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberColumn } from '#platform'
import type { ColumnProfile } from '../schema.ts'
import { mergeProfiles } from './merge-profiles.ts'
import { profileTable } from './profile-table.ts'

const profile = (values: (number | null)[], startMs = 0, edges = [0, 10]): ColumnProfile =>
  profileTable(
    { rowCount: values.length, columns: { x: numberColumn(values) } },
    {
      fields: [{ name: 'x', type: 'numeric' }],
      binnings: [{ column: 'x', kind: 'edges', edges }],
      startMs,
      endMs: startMs + 10,
    },
  )[0] as ColumnProfile

test('mergeProfiles() of one profile is that profile', () => {
  expect(mergeProfiles([profile([1, null])])).toEqual(profile([1, null]))
})

test('mergeProfiles() of the parts is the profile of the whole', () => {
  const values = fc.array(fc.option(fc.integer({ min: -1000, max: 1000 }), { freq: 4 }), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (parts) => {
      const merged = mergeProfiles(parts.map((part, place) => profile(part, place * 10)))
      expect(merged).toEqual({ ...profile(parts.flat()), endMs: parts.length * 10 })
    }),
  )
})

test('mergeProfiles() spans from the first start to the last end, in any order', () => {
  const merged = mergeProfiles([profile([5], 40), profile([-3], 0), profile([], 20)])
  expect(merged).toMatchObject({ startMs: 0, endMs: 50, rows: 2, counts: [1, 1, 0], min: -3, max: 5, sum: 2 })
})

test('mergeProfiles() refuses other bins, other columns and nothing', () => {
  const differ = { code: 'quality/profilesDiffer' }
  expect(() => mergeProfiles([profile([1]), profile([1], 0, [0, 11])])).toThrow(expect.objectContaining(differ))
  expect(() => mergeProfiles([profile([1]), { ...profile([1]), column: 'y' }])).toThrow(expect.objectContaining(differ))
  expect(() => mergeProfiles([])).toThrow(RangeError)
})
