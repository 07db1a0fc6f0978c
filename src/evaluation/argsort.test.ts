import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { argsort } from './argsort.ts'

describe('argsort()', () => {
  test('orders as the comparison of numbers does, equal ones as they stand (law)', () => {
    const number = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }), fc.constantFrom(0, -0))
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), (values) => {
        const expected = values
          .map((_, place) => place)
          .sort((a, b) => cmp(values[a] as number, values[b] as number) || a - b)
        expect([...argsort(Float64Array.from(values))]).toEqual(expected)
      }),
    )
  })

  test('orders single-precision numbers, infinities included', () => {
    expect([...argsort(Float32Array.from([3, -Infinity, 0.1, Infinity, -2]))]).toEqual([1, 4, 2, 0, 3])
  })
})

const cmp = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)
