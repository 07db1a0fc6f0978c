import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Truth } from '#evaluation'
import type { Cost } from '#system'
import { addSums, armEvidence, armSums, placesWhere, takeScores, takeTruth, type ArmRows } from './arm-rows.ts'

const cost: Cost = { currency: 'USD', falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 }
const classes = ['false', 'true']
const labels = (...values: number[]): Truth => ({ kind: 'classes', classes, labels: Int32Array.from(values) })

/** Decisions and truth of a few rows; only the named places are known. */
const arm = (decided: Truth, truth: Truth, known: readonly number[]): ArmRows => ({
  versionId: 'v1',
  scores: { kind: 'classes', classes, probabilities: new Float64Array(0) },
  decisions: decided,
  truth,
  knownPlaces: Int32Array.from(known),
  errors: 1,
})

describe('armSums()', () => {
  test('adds up the money of the known rows alone', () => {
    // missed: 90, in vain: 12, in time: 12; the fourth row is not known.
    const sums = armSums(arm(labels(0, 1, 1, 0), labels(1, 0, 1, -1), [0, 1, 2]), cost)
    expect(sums).toEqual({ rows: 4, known: 3, errors: 1, cost: 114, costSquares: 90 * 90 + 12 * 12 + 12 * 12 })
  })

  test('has no money without a cost', () => {
    expect(armSums(arm(labels(0), labels(1), [0]), undefined)).toMatchObject({
      known: 1,
      cost: null,
      costSquares: null,
    })
  })

  test('prices numbers by how far they are too low or too high', () => {
    const numbers = (...values: number[]): Truth => ({ kind: 'numbers', values: Float64Array.from(values) })
    const sums = armSums(arm(numbers(10, 10), numbers(13, 5), [0, 1]), { currency: 'USD', under: 1, over: 0.6 })
    expect(sums).toMatchObject({ rows: 2, cost: 3 + 3, costSquares: 9 + 9 })
  })
})

const window = fc.record({
  rows: fc.nat(1000),
  known: fc.nat(1000),
  errors: fc.nat(10),
  cost: fc.integer({ min: 0, max: 1e6 }),
  costSquares: fc.integer({ min: 0, max: 1e9 }),
})

describe('addSums()', () => {
  test('gives the same whatever the windows are cut into', () => {
    fc.assert(
      fc.property(fc.array(window), fc.array(window), (before, after) => {
        expect(addSums([addSums(before), addSums(after)])).toEqual(addSums([...before, ...after]))
      }),
    )
  })

  test('has no money where one window has none', () => {
    const one = { rows: 1, known: 1, errors: 0, cost: 2, costSquares: 4 }
    expect(addSums([one, { ...one, cost: null, costSquares: null }])).toEqual({
      rows: 2,
      known: 2,
      errors: 0,
      cost: null,
      costSquares: null,
    })
  })
})

describe('armEvidence()', () => {
  test('is the mean with its normal interval', () => {
    // 90, 12, 12: mean 38, variance ((90 − 38)² + 2 (12 − 38)²) / 2 = 2028.
    const evidence = armEvidence({ rows: 4, known: 3, errors: 0, cost: 114, costSquares: 8388 })
    const half = 1.96 * Math.sqrt(2028 / 3)
    expect(evidence).toMatchObject({ rows: 4, known: 3, costPer: 38 })
    expect(evidence.low).toBeCloseTo(38 - half, 9)
    expect(evidence.high).toBeCloseTo(38 + half, 9)
  })

  test('has no width where every row cost the same', () => {
    expect(armEvidence({ rows: 3, known: 3, errors: 0, cost: 0.3, costSquares: 0.03 })).toMatchObject({
      low: expect.closeTo(0.1, 6) as number,
      high: expect.closeTo(0.1, 6) as number,
    })
  })

  test.each([
    ['one known row has no spread', { known: 1, cost: 5, costSquares: 25 }],
    ['no costs mean no money', { known: 9, cost: null, costSquares: null }],
  ])('says nothing of money: %s', (_, sums) => {
    expect(armEvidence({ rows: 9, errors: 0, ...sums })).toMatchObject({ costPer: null, low: null, high: null })
  })
})

describe('takeTruth() and takeScores()', () => {
  test('give the rows at the places, in that order', () => {
    const probabilities = Float32Array.from([0.9, 0.1, 0.8, 0.2, 0.25, 0.75])
    const places = Int32Array.from([2, 0])
    expect(takeScores({ kind: 'classes', classes, probabilities }, places)).toEqual({
      kind: 'classes',
      classes,
      probabilities: Float32Array.from([0.25, 0.75, 0.9, 0.1]),
    })
    expect(takeTruth(labels(0, 1, -1), places)).toEqual(labels(-1, 0))
    const values = Float64Array.from([1, 2, 3])
    expect(takeScores({ kind: 'numbers', values }, places)).toEqual({
      kind: 'numbers',
      values: Float64Array.from([3, 1]),
    })
  })

  test('give nothing for no places', () => {
    expect(takeTruth(labels(1), new Int32Array(0))).toEqual(labels())
  })
})

test('placesWhere() gives the places of what is wanted, in order', () => {
  expect(placesWhere([1, 0, 1])).toEqual(Int32Array.from([0, 2]))
  expect(placesWhere([1, 0, 1], 0)).toEqual(Int32Array.from([1]))
})
