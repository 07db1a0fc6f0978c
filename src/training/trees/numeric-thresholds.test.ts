import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { numericThresholds } from './numeric-thresholds.ts'

const repeat = (values: readonly number[], times: number): Float32Array =>
  Float32Array.from(values.flatMap((value) => Array.from({ length: times }, () => value)))

test('numericThresholds() parts every pair of few values halfway', () => {
  expect([...numericThresholds(repeat([3, 1, 2, 10], 3), 255)]).toEqual([1.5, 2.5, 6.5])
})

test('numericThresholds() never makes a bin of fewer than three values', () => {
  expect([...numericThresholds(Float32Array.of(1, 2, 3, 4, 5, 6, 7), 255)]).toEqual([3.5, 6.5])
  expect([...numericThresholds(Float32Array.of(1, 2), 255)]).toEqual([])
})

test('numericThresholds() gives bins of equally many values, and a frequent value one to itself', () => {
  const spread = Array.from({ length: 900 }, (_, i) => i + 1)
  const thresholds = numericThresholds(Float32Array.from([...spread, ...Array.from({ length: 300 }, () => 0)]), 10)
  expect(thresholds).toHaveLength(9)
  expect(thresholds[0]).toBe(0.5)
  const bins = Array.from({ length: 9 }, (_, bin) => (thresholds[bin + 1] ?? 900.5) - (thresholds[bin] as number))
  expect(bins.every((width) => width === 100)).toBe(true)
})

test('numericThresholds() rises, parts its values in float32, and stays within the bins allowed', () => {
  const values = fc.array(fc.oneof(fc.float({ noNaN: true }), fc.integer({ min: -3, max: 3 })), { maxLength: 400 })
  fc.assert(
    fc.property(values, fc.integer({ min: 2, max: 30 }), (list, most) => {
      const sorted = Float32Array.from(list).sort()
      const thresholds = numericThresholds(Float32Array.from(list), most)
      expect(thresholds.length).toBeLessThan(most)
      thresholds.forEach((threshold, i) => {
        expect(threshold).toBeGreaterThan(thresholds[i - 1] ?? -Infinity)
        expect(sorted.some((value) => value <= threshold)).toBe(true)
        expect(sorted.some((value) => value > threshold)).toBe(true)
      })
    }),
  )
})
