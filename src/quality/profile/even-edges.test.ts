import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { evenEdges } from './even-edges.ts'
import { numberBetween } from './number-between.ts'
import { binOf, numberBins } from './number-bins.ts'

test('evenEdges() gives each of a few values a bin of its own', () => {
  expect(evenEdges({ values: [1, 2, 6], counts: [1000, 1, 3] }, 20)).toEqual([1.5, 4])
  expect(evenEdges({ values: [7], counts: [5] }, 20)).toEqual([])
  expect(evenEdges({ values: [], counts: [] }, 20)).toEqual([])
})

test('evenEdges() shares 100 values out over 4 bins', () => {
  const values = Array.from({ length: 100 }, (_, place) => place)
  expect(evenEdges({ values, counts: values.map(() => 1) }, 4)).toEqual([24.5, 49.5, 74.5])
})

test('evenEdges() gives a value that fills a bin a bin of its own', () => {
  const values = Array.from({ length: 101 }, (_, place) => place)
  const edges = evenEdges({ values, counts: values.map((value) => (value === 40 ? 100 : 1)) }, 4)
  expect(edges).toContain(39.5)
  expect(edges).toContain(40.5)
})

test('evenEdges() puts no more than about two shares into a bin, and at most doubles the bins', () => {
  const occurrences = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(occurrences, (counts) => {
      const bins = 20
      const values = counts.map((_, place) => place)
      const edges = evenEdges({ values, counts }, bins)
      const grid = numberBins(edges)
      const held = new Float64Array(edges.length + 1)
      const members = new Float64Array(edges.length + 1)
      for (const value of values) {
        held[binOf(grid, value)]! += counts[value]!
        members[binOf(grid, value)]! += 1
      }
      const share = counts.reduce((sum, count) => sum + count, 0) / bins
      expect(edges.length).toBeLessThan(2 * bins + 1)
      for (const [bin, rows] of held.entries()) {
        expect(members[bin]).toBeGreaterThan(0)
        const most = members[bin] === 1 ? Infinity : 2.5 * share + 1
        expect(rows).toBeLessThan(most)
      }
    }),
  )
})

test.each([
  [0.1234567, 0.1239, 0.1237],
  [1, 2, 1.5],
  [-21, -20, -20.5],
  [0, 5e-324, 5e-324],
])('numberBetween(%d, %d) is %d', (a, b, between) => {
  expect(numberBetween(a, b)).toBe(between)
})

test('numberBetween() separates any two numbers', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(number, number, (x, y) => {
      fc.pre(x !== y)
      const [a, b] = [Math.min(x, y), Math.max(x, y)]
      const between = numberBetween(a, b)
      expect(between > a && between <= b).toBe(true)
    }),
  )
})
