import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FeatureMatrix } from '../encode/feature-matrix.ts'
import { fitWeights, meanLoss } from './fit-weights.ts'
import { binaryLoss, softmaxLoss, squaredLoss } from './loss.ts'
import type { Loss } from './loss.ts'

const options = { maxIterations: 500, tolerance: 1e-10 }

/** A matrix of 2 dense, 2 one-hot columns of 2 features each and 3 sparse features: 9 features. */
const matrixArbitrary = fc.array(rowArbitrary(), { minLength: 3, maxLength: 12 }).map((rows): FeatureMatrix => {
  const starts = Int32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flatMap((row) => row.sparse).length)])
  const sparse = rows.flatMap((row) => row.sparse)
  return {
    rowCount: rows.length,
    width: 9,
    dense: Float64Array.from(rows.flatMap((row) => row.dense)),
    denseCount: 2,
    coded: Int32Array.from(rows.flatMap((row) => row.coded)),
    codedCount: 2,
    sparse: {
      rowCount: rows.length,
      width: 9,
      starts,
      places: Int32Array.from(sparse, (entry) => entry.place),
      values: Float64Array.from(sparse, (entry) => entry.value),
    },
  }
})

describe('meanLoss()', () => {
  test.each<[string, (weights: Float64Array) => Loss]>([
    [
      'squared',
      (weights) =>
        squaredLoss(
          weights.map((_, row) => Math.sin(row)),
          weights,
        ),
    ],
    [
      'binary',
      (weights) =>
        binaryLoss(
          Int32Array.from(weights, (_, row) => row % 2),
          weights,
        ),
    ],
    [
      'softmax',
      (weights) =>
        softmaxLoss(
          Int32Array.from(weights, (_, row) => row % 3),
          weights,
          3,
        ),
    ],
  ])('has the gradient that differences tell, %s', (_, lossOf) => {
    const number = fc.double({ min: -2, max: 2, noNaN: true })
    fc.assert(
      fc.property(
        matrixArbitrary,
        fc.array(number, { minLength: 33, maxLength: 33 }),
        fc.array(fc.double({ min: 0.1, max: 3, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (matrix, start, given) => {
          const weights = Float64Array.from(given.slice(0, matrix.rowCount))
          const loss = lossOf(weights)
          const penalties = Float64Array.from({ length: 9 }, (_, i) => i / 10)
          const objective = meanLoss({ matrix, loss, penalties, totalWeight: weights.reduce((a, b) => a + b) })
          const x = Float64Array.from(start.slice(0, 11 * loss.outputs))
          x.fill(0, 9 * loss.outputs, 10 * loss.outputs) // the row of no feature
          const gradient = new Float64Array(x.length)
          objective(x, gradient)
          x.forEach((value, i) => {
            if (Math.floor(i / loss.outputs) === 9) return
            const at = (moved: number) => objective(x.with(i, moved), new Float64Array(x.length))
            const slope = (at(value + 1e-5) - at(value - 1e-5)) / 2e-5
            expect(gradient[i]).toBeCloseTo(slope, 6)
          })
          expect(gradient.subarray(9 * loss.outputs, 10 * loss.outputs).every((value) => value === 0)).toBe(true)
        },
      ),
    )
  })
})

describe('fitWeights()', () => {
  test('solves a ridge regression as its formula does', async () => {
    // One feature x = −1, 0, 1 and y = 1, 2, 6: w = Σxy / (Σx² + penalty) = 5 / 3, intercept = mean y = 3
    const fitted = await fit(squaredLoss(Float64Array.of(1, 2, 6), ones(3)), { x: [-1, 0, 1], penalty: 1 })
    expect(fitted.x[0]).toBeCloseTo(5 / 3, 9)
    expect(fitted.x[2]).toBeCloseTo(3, 9)
  })

  test('finds the log odds of a table of two by two', async () => {
    // Without penalty the optimum is the log odds of each group: 1 of 4 and 3 of 4 are positive.
    const labels = Int32Array.of(0, 0, 0, 1, 0, 1, 1, 1)
    const fitted = await fit(binaryLoss(labels, ones(8)), { x: [0, 0, 0, 0, 1, 1, 1, 1], penalty: 0 })
    expect(fitted.x[2]).toBeCloseTo(Math.log(1 / 3), 6)
    expect(fitted.x[0]).toBeCloseTo(2 * Math.log(3), 6)
  })

  test('finds the optimum of scikit-learn for three classes', async () => {
    // LogisticRegression(C=1, tol=1e-12).fit([[-2], [-1], [0], [1], [2], [3]], [0, 0, 1, 1, 2, 2]), version 1.9.1
    const loss = softmaxLoss(Int32Array.of(0, 0, 1, 1, 2, 2), ones(6), 3)
    const fitted = await fit(loss, { x: [-2, -1, 0, 1, 2, 3], penalty: 1 })
    const [low, middle, high] = Array.from(fitted.x.subarray(0, 3))
    expect([low, middle, high]).toEqual([-0.953394323, 0, 0.953394325].map((w) => expect.closeTo(w, 6) as number))
  })

  test('takes a weight of two as the row twice', async () => {
    const twice = await fit(binaryLoss(Int32Array.of(0, 1, 1, 1, 0), ones(5)), { x: [0, 1, 2, 2, 3], penalty: 0.5 })
    const weighted = await fit(binaryLoss(Int32Array.of(0, 1, 1, 0), Float64Array.of(1, 1, 2, 1)), {
      x: [0, 1, 2, 3],
      penalty: 0.5,
      totalWeight: 5,
    })
    weighted.x.forEach((value, i) => expect(value).toBeCloseTo(twice.x[i] as number, 8))
  })

  test('takes a weight of zero as no row', async () => {
    const without = await fit(binaryLoss(Int32Array.of(0, 1, 1), ones(3)), { x: [0, 1, 2], penalty: 0.5 })
    const zero = await fit(binaryLoss(Int32Array.of(0, 1, 1, 0), Float64Array.of(1, 1, 1, 0)), {
      x: [0, 1, 2, 9],
      penalty: 0.5,
      totalWeight: 3,
    })
    zero.x.forEach((value, i) => expect(value).toBeCloseTo(without.x[i] as number, 6))
  })

  test('stops when it is told to', async () => {
    const controller = new AbortController()
    const loss = binaryLoss(Int32Array.of(0, 1, 1, 0), ones(4))
    const problem = { matrix: column([0, 1, 2, 5]), loss, totalWeight: 4, penalties: Float64Array.of(1e-9) }
    const done: number[] = []
    const fitting = fitWeights(problem, options, {
      signal: controller.signal,
      onProgress: (progress) => {
        done.push(progress.done)
        if (progress.done === 2) controller.abort(new Error('enough'))
      },
    })
    await expect(fitting).rejects.toThrow('enough')
    expect(done).toEqual([1, 2])
  })
})

function rowArbitrary() {
  const number = fc.double({ min: -3, max: 3, noNaN: true })
  return fc.record({
    dense: fc.tuple(number, number),
    coded: fc.tuple(fc.constantFrom(2, 3, 9), fc.constantFrom(4, 5, 9)),
    sparse: fc
      .uniqueArray(fc.constantFrom(6, 7, 8), { maxLength: 3 })
      .chain((places) =>
        fc.tuple(...places.toSorted((a, b) => a - b).map((place) => number.map((value) => ({ place, value })))),
      ),
  })
}

const ones = (rows: number): Float64Array => new Float64Array(rows).fill(1)

function column(x: readonly number[]): FeatureMatrix {
  const empty = { starts: new Int32Array(x.length + 1), places: new Int32Array(0), values: new Float64Array(0) }
  return {
    rowCount: x.length,
    width: 1,
    dense: Float64Array.from(x),
    denseCount: 1,
    coded: new Int32Array(0),
    codedCount: 0,
    sparse: { rowCount: x.length, width: 1, ...empty },
  }
}

/** Fits one column; `x` of the answer is its weight, the row of no feature, and the intercept. */
const fit = (loss: Loss, of: { x: readonly number[]; penalty: number; totalWeight?: number }) =>
  fitWeights(
    { matrix: column(of.x), loss, totalWeight: of.totalWeight ?? of.x.length, penalties: Float64Array.of(of.penalty) },
    options,
    {},
  )
