import { describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { comparePaired } from './compare-paired.ts'
import { binaryScores } from './golden/golden-rows.ts'
import type { Comparison, Truth } from './schema.ts'

const cost = { currency: 'USD', falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 }

/** A calibrated model, and one that sees less. */
function contenders(rows: number, noise: number) {
  const random = seededRandom('contenders')
  const logit = Float64Array.from({ length: rows }, () => 1.2 * random.normal() - 1.3)
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))
  const labels = Int32Array.from(logit, (z) => (random.next() < sigmoid(z) ? 1 : 0))
  const truth: Truth = { kind: 'classes', classes: ['no', 'yes'], labels }
  const sharp = { scores: binaryScores(logit.map(sigmoid)) }
  const blunt = { scores: binaryScores(logit.map((z) => sigmoid(z + noise * random.normal()))) }
  const options = { task: 'binary' as const, truth, cost, per: 1000, random: seededRandom(1) }
  return { sharp, blunt, options }
}

const width = ({ low, high }: Comparison): number => high - low

describe('comparePaired()', () => {
  test('is zero, neither better nor worse, of a model with itself', () => {
    const { sharp, options } = contenders(1000, 1)
    for (const primary of ['expected-cost', 'auc', 'ece-equal-width']) {
      const found = comparePaired(sharp, sharp, { ...options, primary })
      expect(found).toMatchObject({ difference: 0, low: 0, high: 0, better: false, worse: false })
    }
  })

  test('turns round with its arguments (law)', () => {
    const { sharp, blunt, options } = contenders(2000, 1)
    const there = comparePaired(sharp, blunt, { ...options, primary: 'auc' })
    const back = comparePaired(blunt, sharp, { ...options, primary: 'auc' })
    expect(back.difference).toBeCloseTo(-there.difference, 12)
    expect(back.low).toBeCloseTo(-there.high, 12)
    expect([there.better, there.worse, back.better, back.worse]).toEqual([true, false, false, true])
  })

  test('knows which way is better: less cost, more area under the curve', () => {
    const { sharp, blunt, options } = contenders(20_000, 1)
    const money = comparePaired(sharp, blunt, { ...options, primary: 'expected-cost' })
    const area = comparePaired(sharp, blunt, { ...options, primary: 'auc' })
    expect(money.high).toBeLessThan(0)
    expect(area.low).toBeGreaterThan(0)
    expect([money.better, area.better]).toEqual([true, true])
    expect(money.difference).toBeCloseTo(money.challenger - money.incumbent, 12)
  })

  test('does not call a difference that chance explains better', () => {
    const { sharp, blunt, options } = contenders(300, 0.05)
    expect(comparePaired(sharp, blunt, { ...options, primary: 'expected-cost' })).toMatchObject({
      better: false,
      worse: false,
    })
  })

  test('is as sure as the spread of the paired differences: 1.96 standard errors', () => {
    const { sharp, blunt, options } = contenders(6000, 0.5)
    const [mine, other] = [sharp, blunt].map(({ scores }) =>
      scores.kind === 'classes' ? scores.probabilities.filter((_, place) => place % 2 === 1) : [],
    )
    const labels = options.truth.kind === 'classes' ? options.truth.labels : []
    const differences = Array.from(labels, (label, row) => {
      const squares = [mine, other].map((scores) => ((scores?.[row] as number) - label) ** 2)
      return (squares[0] as number) - (squares[1] as number)
    })
    const mean = differences.reduce((sum, value) => sum + value, 0) / 6000
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6000
    const found = comparePaired(sharp, blunt, { ...options, primary: 'brier', resamples: 2000 })
    expect(found.difference).toBeCloseTo(mean, 12)
    expect(width(found) / (2 * 1.96 * Math.sqrt(variance / 6000))).toBeCloseTo(1, 1)
  })

  test('agrees, resampled by influence, with the rows resampled one by one: four times the rows, half the width', () => {
    const { sharp, blunt, options } = contenders(2000, 0.5)
    const repeated = ({ scores }: typeof sharp) => {
      const probabilities = scores.kind === 'classes' ? scores.probabilities.filter((_, place) => place % 2 === 1) : []
      return { scores: binaryScores([1, 2, 3, 4].flatMap(() => [...probabilities])) }
    }
    const labels = options.truth.kind === 'classes' ? [...options.truth.labels] : []
    const truth: Truth = { ...options.truth, labels: Int32Array.from([1, 2, 3, 4].flatMap(() => labels)) }
    for (const primary of ['auc', 'f1', 'expected-cost']) {
      const judged = { ...options, primary, resamples: 800 }
      const exact = comparePaired(sharp, blunt, judged)
      const byInfluence = comparePaired(repeated(sharp), repeated(blunt), { ...judged, truth })
      expect(byInfluence.difference).toBeCloseTo(exact.difference, 9)
      expect(width(exact) / width(byInfluence)).toBeGreaterThan(1.8)
      expect(width(exact) / width(byInfluence)).toBeLessThan(2.2)
    }
  })

  test('lets each model decide with its own threshold', () => {
    const { sharp, options } = contenders(5000, 1)
    const never = { ...sharp, threshold: 1.1 }
    expect(comparePaired(sharp, never, { ...options, primary: 'expected-cost' }).better).toBe(true)
  })

  test('refuses a metric without a value', () => {
    const { sharp, options } = contenders(10, 1)
    expect(() => comparePaired(sharp, sharp, { ...options, cost: undefined, primary: 'expected-cost' })).toThrow(
      expect.objectContaining({ code: 'evaluation/undefinedMetric' }),
    )
  })
})
