import { describe, expect, test } from 'vitest'
import type { FieldType } from '#model'
import { numberColumn, stringColumn, type Column } from '#platform'
import type { Binning } from '../schema.ts'
import { profileTable } from './profile-table.ts'

const span = { startMs: 1000, endMs: 2000 }

const profileOf = (column: Column, type: FieldType, binning: Binning) =>
  profileTable(
    { rowCount: column.kind === 'number' ? column.values.length : column.codes.length, columns: { c: column } },
    { fields: [{ name: 'c', type }], binnings: [binning], ...span },
  )[0]

const edges = (...edges: number[]): Binning => ({ column: 'c', kind: 'edges', edges })

describe('profileTable()', () => {
  test('counts numbers by edges, and neither NaN nor infinities', () => {
    const column = numberColumn([-1, 0, 0.5, 1, 7, null, Infinity, -Infinity])
    expect(profileOf(column, 'numeric', edges(0, 1))).toEqual({
      column: 'c',
      type: 'numeric',
      ...span,
      rows: 8,
      nulls: 3,
      binning: edges(0, 1),
      counts: [1, 2, 2],
      min: -1,
      max: 7,
      sum: 7.5,
      sumSquares: 51.25,
    })
  })

  test('takes booleans as 0 and 1', () => {
    expect(profileOf(numberColumn([true, true, false, null]), 'boolean', edges(0.5))).toMatchObject({
      rows: 4,
      nulls: 1,
      counts: [1, 2],
      min: 0,
      max: 1,
      sum: 2,
      sumSquares: 2,
    })
  })

  test('takes moments as epoch ms, and those beyond the calendar as none', () => {
    const column = numberColumn([0, 86_400_000, 9_223_372_036_854_776])
    expect(profileOf(column, 'timestamp', edges(1))).toMatchObject({
      rows: 3,
      nulls: 1,
      counts: [1, 1],
      min: 0,
      max: 86_400_000,
    })
  })

  test('counts categories by value, the rest together, the empty text as none, and sums up lengths', () => {
    const column = stringColumn(['AB', 'AB', 'C', 'new', '', null])
    expect(
      profileOf(column, 'categorical', { column: 'c', kind: 'values', values: ['C', 'AB', 'gone'] }),
    ).toMatchObject({ rows: 6, nulls: 2, counts: [1, 2, 0, 1], min: 1, max: 3, sum: 8, sumSquares: 18 })
  })

  test('counts text by its length in characters, not in code units', () => {
    const column = stringColumn(['é', 'ab', '😀😀', 'abc'])
    expect(profileOf(column, 'text', edges(2, 3))).toMatchObject({ counts: [1, 2, 1], min: 1, max: 3, sum: 8 })
  })

  test('of no value has no least and no greatest one', () => {
    const nothing = { nulls: 2, counts: [0, 0], min: null, max: null, sum: 0, sumSquares: 0 }
    expect(profileOf(numberColumn([null, null]), 'numeric', edges(1))).toMatchObject(nothing)
    expect(profileOf(stringColumn([null, '']), 'text', edges(1))).toMatchObject(nothing)
  })

  test('gives numbers that JSON gives back: no −0, and squares that no double holds stop at the greatest', () => {
    const profile = profileOf(numberColumn([-0, 1e200]), 'numeric', edges())
    expect(profile).toMatchObject({ min: 0, sumSquares: Number.MAX_VALUE, counts: [2] })
    expect(JSON.parse(JSON.stringify(profile))).toEqual(profile)
  })

  test('of one table is in the order of the fields, whatever the order of the binnings', () => {
    const table = { rowCount: 1, columns: { a: numberColumn([1]), b: numberColumn([2]) } }
    const fields = ['b', 'a'].map((name) => ({ name, type: 'numeric' as const }))
    const binnings = ['a', 'b'].map((column) => ({ column, kind: 'edges' as const, edges: [] }))
    expect(profileTable(table, { fields, binnings, ...span }).map(({ column, sum }) => [column, sum])).toEqual([
      ['b', 2],
      ['a', 1],
    ])
  })

  test.each([
    ['no binning', numberColumn([1]), 'numeric', { ...edges(), column: 'other' }, "'c': it has no binning"],
    ['values for a number', numberColumn([1]), 'numeric', { column: 'c', kind: 'values', values: [] }, 'counts text'],
    ['text for a number', stringColumn(['1']), 'numeric', edges(), "no number column 'c'"],
    ['numbers for a text', numberColumn([1]), 'text', edges(), "no text column 'c'"],
  ] as const)('refuses %s', (_reason, column, type, binning, message) => {
    expect(() => profileOf(column, type, binning)).toThrow(message)
    expect(() => profileOf(column, type, binning)).toThrow(RangeError)
  })
})
