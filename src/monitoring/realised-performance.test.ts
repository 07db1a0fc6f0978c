import { describe, expect, test } from 'vitest'
import { decide, type Truth } from '#evaluation'
import { realisedPerformance } from './realised-performance.ts'

const cost = { currency: 'USD', falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 }
const scores = {
  kind: 'classes' as const,
  classes: ['no', 'yes'],
  probabilities: Float64Array.from([0.9, 0.1, 0.4, 0.6, 0.8, 0.2, 0.3, 0.7]),
}
const truth: Truth = { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.from([0, 0, 1, 1]) }

describe('realisedPerformance()', () => {
  test('prices what was really decided, not what the scores would mean today', () => {
    const decisions = decide(scores, { task: 'binary', threshold: 0.5 })
    const found = realisedPerformance({ task: 'binary', scores, decisions, truth, cost, per: 1000 })
    expect(found.rows).toBe(4)
    // No alarm, a false one, a miss and a hit: 0 + 12 + 90 + 12.
    expect(found.costPer?.value).toBe(28_500)
    expect(found.metrics['recall']?.value).toBe(0.5)
    expect(found.metrics).not.toHaveProperty('expected-cost')
  })

  test('gives the normal interval of the mean cost', () => {
    const { costPer } = realisedPerformance({ task: 'binary', scores, truth, cost, per: 1, threshold: 0.5 })
    const spread = Math.sqrt([0, 12, 90, 12].reduce((sum, money) => sum + (money - 28.5) ** 2, 0)) / 4
    expect(((costPer?.high ?? NaN) - (costPer?.low ?? NaN)) / 2).toBeCloseTo(1.959963984540054 * spread, 10)
  })

  test('has no money without a cost', () => {
    expect(realisedPerformance({ task: 'binary', scores, truth, per: 1000 }).costPer).toBeNull()
  })
})
