import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { binOf, numberBins } from './number-bins.ts'

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true })

test('binOf() counts the edges that are not above a number, whatever the edges', () => {
  const some = fc.oneof(numbers, fc.integer({ min: -20, max: 20 }))
  fc.assert(
    fc.property(fc.uniqueArray(some, { maxLength: 30 }), fc.array(some), (places, values) => {
      const edges = places.map((place) => place + 0).sort((a, b) => a - b)
      const bins = numberBins(edges)
      for (const value of [...values, ...edges])
        expect(binOf(bins, value)).toBe(edges.filter((edge) => edge <= value).length)
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['no edge', [], 3, 0],
  ['one edge, below', [3], 2.9, 0],
  ['an edge belongs to the bin above it', [3], 3, 1],
  ['a range that no double holds', [-1e308, 1e308], 1.5e308, 2],
  ['the least range there is', [0, Number.MIN_VALUE], 0, 1],
  ['most edges in one cell', [0, 1, 2, 3, 1e9], 2.5, 3],
])('binOf() with %s', (_reason, edges, value, bin) => {
  expect(binOf(numberBins(edges), value)).toBe(bin)
})
