import { describe, expect, test } from 'vitest'
import type { Truth } from '../schema.ts'
import { costPer, rowCosts } from './row-costs.ts'

const usd = { currency: 'USD' }
const flights = { ...usd, falseNegative: 90, falsePositive: 12, truePositive: 13, trueNegative: 1 }
const classesOf = (labels: number[], classes = ['no', 'yes']): Truth => ({
  kind: 'classes',
  classes,
  labels: Int32Array.from(labels),
})
const numbersOf = (values: number[]): Truth => ({ kind: 'numbers', values: Float64Array.from(values) })

describe('rowCosts()', () => {
  test('prices each of the four outcomes of a binary decision', () => {
    expect([...rowCosts(classesOf([0, 0, 1, 1]), classesOf([0, 1, 0, 1]), flights)]).toEqual([1, 90, 12, 13])
  })

  test('reads the truth by the names of its classes, not by their places', () => {
    const reversed = classesOf([1, 0, 1, 0], ['yes', 'no'])
    expect([...rowCosts(classesOf([0, 0, 1, 1]), reversed, flights)]).toEqual([1, 90, 12, 13])
  })

  test('prices right, wrong and the exceptions of a class matrix by actual, then decided class', () => {
    const cost = { ...usd, right: 1, wrong: 5, matrix: { fraud: { lost: 50 }, lost: { lost: 0 } } }
    const names = ['lost', 'fraud', 'other']
    const decisions = classesOf([0, 0, 0, 2], names)
    expect([...rowCosts(decisions, classesOf([0, 1, 2, 2], names), cost)]).toEqual([0, 50, 5, 1])
  })

  test('prices a truth that no decision can name as wrong', () => {
    const cost = { ...usd, right: 0, wrong: 5 }
    expect([...rowCosts(classesOf([0], ['a', 'b', 'c']), classesOf([0], ['new']), cost)]).toEqual([5])
  })

  test('prices each unit too low and each unit too high', () => {
    expect([...rowCosts(numbersOf([8, 13, 10]), numbersOf([10, 10, 10]), { ...usd, under: 3, over: 1 })]).toEqual([
      6, 3, 0,
    ])
  })

  test.each([
    { reason: 'decisions of other rows', decisions: classesOf([0]), truth: classesOf([0, 1]), code: 'rowsDiffer' },
    { reason: 'numbers against classes', decisions: numbersOf([1]), truth: classesOf([1]), code: 'taskDiffers' },
    {
      reason: 'numbers under a cost of classes',
      decisions: numbersOf([1]),
      truth: numbersOf([1]),
      code: 'costDiffers',
    },
    {
      reason: 'three classes under a cost of two',
      decisions: classesOf([0], ['a', 'b', 'c']),
      truth: classesOf([0], ['a']),
      code: 'costDiffers',
    },
  ])('refuses $reason', ({ decisions, truth, code }) => {
    expect(() => rowCosts(decisions, truth, flights)).toThrow(expect.objectContaining({ code: `evaluation/${code}` }))
  })
})

describe('costPer()', () => {
  test('is the weighted mean, per so many rows', () => {
    const costs = Float64Array.from([2, 6])
    expect(costPer(costs, { per: 1000 })).toBe(4000)
    expect(costPer(costs, { per: 10, weights: Float64Array.from([3, 1]) })).toBe(30)
  })
})
