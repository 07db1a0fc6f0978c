import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { goldenBinary } from '../golden/golden-rows.ts'
import type { Truth } from '../schema.ts'
import { bestThreshold } from './best-threshold.ts'
import { calibratedThreshold, neverPositive } from './calibrated-threshold.ts'
import { costPer, rowCosts } from './row-costs.ts'

const names = ['no', 'yes']
const flights = { currency: 'USD', falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 }
const truthOf = (labels: number[]): Truth => ({ kind: 'classes', classes: names, labels: Int32Array.from(labels) })
const costAt = (threshold: number, probabilities: Float64Array, truth: Truth): number =>
  costPer(rowCosts(truthOf([...probabilities].map((p) => (p >= threshold ? 1 : 0))), truth, flights), { per: 1 })

describe('bestThreshold()', () => {
  test('finds the least cost that trying every threshold finds (numpy: 9.396 at .445, against 10.272 at 2/15)', () => {
    const { probabilities, truth } = goldenBinary()
    const { empirical, calibrated } = bestThreshold(probabilities, truth, { cost: flights })
    expect(empirical.meanCost).toBeCloseTo(9.396, 12)
    expect(empirical.threshold).toBeCloseTo(0.445, 12)
    expect(calibrated.threshold).toBeCloseTo(12 / 90, 15)
    expect(calibrated.meanCost).toBeCloseTo(10.272, 12)
  })

  test('has costs that deciding with the thresholds really gives, the least of all cuts (law)', () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.nat(1))
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
        const probabilities = Float64Array.from(rows, ([p]) => p / 20)
        const truth = truthOf(rows.map(([, label]) => label))
        const best = bestThreshold(probabilities, truth, { cost: flights })
        for (const { threshold, meanCost } of [best, best.empirical, best.calibrated])
          expect(costAt(threshold, probabilities, truth)).toBeCloseTo(meanCost, 9)
        for (let cut = 0; cut <= 21; cut++)
          expect(best.empirical.meanCost).toBeLessThanOrEqual(costAt(cut / 20 - 0.025, probabilities, truth) + 1e-9)
      }),
    )
  })

  test('keeps the closed form where the probabilities are calibrated', () => {
    const random = seededRandom(3)
    const probabilities = Float64Array.from({ length: 20_000 }, () => random.next() ** 2)
    const truth = truthOf([...probabilities].map((p) => (random.next() < p ? 1 : 0)))
    const best = bestThreshold(probabilities, truth, { cost: flights })
    expect(best.threshold).toBe(12 / 90)
    expect(best.empirical.threshold).not.toBe(best.threshold)
  })

  test('leaves the closed form where the rows contradict it', () => {
    const random = seededRandom(4)
    const honest = Float64Array.from({ length: 20_000 }, () => random.next())
    const truth = truthOf([...honest].map((p) => (random.next() < p ? 1 : 0)))
    const squashed = honest.map((p) => 0.4 + p / 5)
    const best = bestThreshold(squashed, truth, { cost: flights })
    expect(best.threshold).toBeGreaterThan(0.4)
    expect((best.threshold - 0.4) * 5).toBeCloseTo(12 / 90, 1)
    expect(best.meanCost).toBeLessThan(best.calibrated.meanCost)
  })

  test('weighs rows', () => {
    const probabilities = Float64Array.from([0.3, 0.3])
    const free = { ...flights, truePositive: 0 }
    const weighted = (weights: number[]) =>
      bestThreshold(probabilities, truthOf([0, 1]), { cost: free, weights: Float64Array.from(weights) }).empirical
        .threshold
    expect(weighted([1, 1])).toBeLessThan(0.3)
    expect(weighted([10, 1])).toBeGreaterThan(0.3)
  })

  test('refuses to choose without rows', () => {
    expect(() => bestThreshold(new Float64Array(0), truthOf([]), { cost: flights })).toThrow(
      expect.objectContaining({ code: 'evaluation/noRows' }),
    )
  })
})

describe('calibratedThreshold()', () => {
  test.each([
    { reason: 'an error is an error', cost: { falseNegative: 1, falsePositive: 1 }, expected: 0.5 },
    { reason: 'a miss costs nine times a false alarm', cost: { falseNegative: 9, falsePositive: 1 }, expected: 0.1 },
    {
      reason: 'acting never pays',
      cost: { falseNegative: 5, falsePositive: 1, truePositive: 5 },
      expected: neverPositive,
    },
    { reason: 'acting is always better', cost: { falseNegative: 5, falsePositive: -1 }, expected: 0 },
  ])('is $expected when $reason', ({ cost, expected }) => {
    const full = { currency: 'USD', truePositive: 0, trueNegative: 0, ...cost }
    expect(calibratedThreshold(full, names)).toBeCloseTo(expected, 15)
  })

  test('reads a matrix of two classes too', () => {
    const cost = { currency: 'USD', right: 0, wrong: 1, matrix: { yes: { no: 3 } } }
    expect(calibratedThreshold(cost, names)).toBe(0.25)
  })
})
