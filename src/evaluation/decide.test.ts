import { describe, expect, test } from 'vitest'
import { rowCosts } from './cost/row-costs.ts'
import { decide } from './decide.ts'
import { binaryScores, goldenMulticlass } from './golden/golden-rows.ts'

const usd = { currency: 'USD' }
const labelsOf = (decisions: ReturnType<typeof decide>): number[] =>
  decisions.kind === 'classes' ? [...decisions.labels] : []

describe('decide()', () => {
  test('is positive from the threshold up', () => {
    expect(labelsOf(decide(binaryScores([0.29, 0.3, 0.31]), { task: 'binary', threshold: 0.3 }))).toEqual([0, 1, 1])
  })

  test('takes the closed form of the cost for its threshold, and ½ without a cost', () => {
    const cost = { ...usd, falseNegative: 9, falsePositive: 1, truePositive: 0, trueNegative: 0 }
    const scores = binaryScores([0.09, 0.11, 0.51])
    expect(labelsOf(decide(scores, { task: 'binary', cost }))).toEqual([0, 1, 1])
    expect(labelsOf(decide(scores, { task: 'binary' }))).toEqual([0, 0, 1])
  })

  test('takes the most probable class where every error costs the same, the first of equal ones', () => {
    const probabilities = Float64Array.from([0.2, 0.4, 0.4, 0.5, 0.25, 0.25])
    const scores = { kind: 'classes' as const, classes: ['a', 'b', 'c'], probabilities }
    expect(labelsOf(decide(scores, { task: 'multiclass' }))).toEqual([1, 0])
    expect(labelsOf(decide(scores, { task: 'multiclass', cost: { ...usd, right: 0, wrong: 5 } }))).toEqual([1, 0])
  })

  test('takes the class of least expected cost under a matrix (numpy: argmin of P C)', () => {
    const { scores, truth } = goldenMulticlass()
    const matrix = { a: { b: 40 }, c: { a: 0.5 }, d: { d: -2 } }
    const cost = { ...usd, right: 1, wrong: 7.5, matrix }
    const decisions = decide(scores, { task: 'multiclass', cost })
    const counts = [0, 1, 2, 3, 4].map((label) => labelsOf(decisions).filter((one) => one === label).length)
    expect(counts).toEqual([189, 5, 0, 82, 24])
    const costs = rowCosts(decisions, truth, cost)
    expect(costs.reduce((sum, money) => sum + money, 0) / costs.length).toBeCloseTo(4.1066666666666665, 12)
  })

  test('gives the predicted value of a regression', () => {
    const scores = { kind: 'numbers' as const, values: Float32Array.from([1.5, -2]) }
    expect(decide(scores, { task: 'regression' })).toEqual({ kind: 'numbers', values: Float64Array.from([1.5, -2]) })
  })

  test('refuses numbers for a task of classes and classes for a regression', () => {
    const differs = expect.objectContaining({ code: 'evaluation/taskDiffers' })
    expect(() => decide(binaryScores([0.5]), { task: 'regression' })).toThrow(differs)
    expect(() => decide({ kind: 'numbers', values: Float64Array.from([1]) }, { task: 'binary' })).toThrow(differs)
  })
})
