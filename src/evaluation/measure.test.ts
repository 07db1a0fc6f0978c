import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { binaryScores, goldenBinary, goldenMulticlass, goldenRegression } from './golden/golden-rows.ts'
import { estimate, measure, measureOne } from './measure.ts'
import { metricOf, metrics } from './metrics.ts'
import type { Truth } from './schema.ts'

const usd = { currency: 'USD' }
const flights = { ...usd, falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 }

/** Values of scikit-learn 1.9.1; the calibration errors and the costs of numpy 2.4.6, by their formulas. */
const golden = [
  {
    name: 'binary, equal weights',
    judgement: { task: 'binary' as const, ...goldenBinary(), weights: undefined, cost: flights, threshold: 0.4 },
    expected: {
      'expected-cost': 9516.0,
      auc: 0.8708467023172904,
      'average-precision': 0.763803667382538,
      'log-loss': 0.503071399565,
      brier: 0.1659832,
      accuracy: 0.69,
      precision: 0.5250836120401338,
      recall: 0.9235294117647059,
      f1: 0.6695095948827292,
      'ece-equal-width': 0.15763999999999997,
      'ece-equal-count': 0.15763999999999997,
    },
  },
  {
    name: 'binary, weighted',
    judgement: { task: 'binary' as const, ...goldenBinary(), cost: flights, threshold: 0.4 },
    expected: {
      'expected-cost': 9520.958083832335,
      auc: 0.8700640165431067,
      'average-precision': 0.7743863155587659,
      'log-loss': 0.5004618333987824,
      brier: 0.16579021956087822,
      accuracy: 0.6956087824351297,
      precision: 0.535,
      recall: 0.9250720461095101,
      f1: 0.6779303062302007,
      'ece-equal-width': 0.15373253493013975,
      'ece-equal-count': 0.15373253493013972,
    },
  },
  {
    name: 'multiclass, equal weights',
    judgement: {
      task: 'multiclass' as const,
      ...goldenMulticlass(),
      weights: undefined,
      cost: { ...usd, right: 1, wrong: 7.5 },
    },
    expected: {
      'expected-cost': 5095,
      accuracy: 0.37,
      'macro-f1': 0.3666690870739605,
      'log-loss': 1.3866187719981886,
      'top-3-accuracy': 0.8266666666666667,
    },
  },
  {
    name: 'multiclass, weighted',
    judgement: { task: 'multiclass' as const, ...goldenMulticlass(), cost: { ...usd, right: 1, wrong: 7.5 } },
    expected: {
      'expected-cost': 5062.5,
      accuracy: 0.375,
      'macro-f1': 0.3732548607248949,
      'log-loss': 1.3791673844741275,
      'top-3-accuracy': 0.8338815789473685,
    },
  },
  {
    name: 'regression, equal weights',
    judgement: {
      task: 'regression' as const,
      ...goldenRegression(),
      weights: undefined,
      cost: { ...usd, under: 3, over: 1 },
    },
    expected: {
      'expected-cost': 2662.189244748352,
      mae: 1.5966820751342394,
      rmse: 1.8577588600935666,
      r2: 0.8895004752117119,
      mape: 97.04920350301443,
      'median-absolute-error': 1.6521712303161618,
    },
  },
  {
    name: 'regression, weighted',
    judgement: { task: 'regression' as const, ...goldenRegression(), cost: { ...usd, under: 3, over: 1 } },
    expected: {
      'expected-cost': 2689.4743422515526,
      mae: 1.6141701834802409,
      rmse: 1.879257022962083,
      r2: 0.8888766854426695,
      mape: 55.66774374707734,
      'median-absolute-error': 1.6699293851852417,
    },
  },
]

const binaryOf = (probabilities: readonly number[], labels: readonly number[]) => {
  const truth: Truth = { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.from(labels) }
  return { task: 'binary' as const, scores: binaryScores(probabilities), truth, per: 1 }
}

/** What is not equal to one part in 10¹¹, or to 10⁻¹¹ near zero. */
function apart(found: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): unknown[] {
  return Object.entries(expected)
    .filter(([name, value]) => !(Math.abs((found[name] ?? NaN) - value) <= 1e-11 * Math.max(1, Math.abs(value))))
    .map(([name, value]) => ({ name, value, found: found[name] }))
}

describe('measure()', () => {
  test.each(golden)('gives the values of scikit-learn: $name', ({ judgement, expected }) => {
    const found = measure({ ...judgement, per: 1000 })
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort())
    expect(apart(found, expected)).toEqual([])
  })

  test('has no value of what the registry does not know, and the registry none that it does not measure', () => {
    for (const { judgement } of golden) {
      const known = metrics.filter((metric) => metric.tasks.includes(judgement.task)).map((metric) => metric.name)
      expect(Object.keys(measure({ ...judgement, per: 1 })).sort()).toEqual(known.sort())
    }
  })

  test('is 1 for the area under the curve of a perfect ranking and ½ when all scores are equal', () => {
    expect(measureOne(binaryOf([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]), 'auc')).toBe(1)
    expect(measureOne(binaryOf([0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1]), 'auc')).toBe(0.5)
  })

  test('gives the area under the curve as the count of pairs in order (hand calculation)', () => {
    // Positives .4 and .7 against negatives .1, .4 and .6: in order .4>.1, .7>.1, .7>.4, .7>.6; tied .4=.4; 4.5 of 6.
    expect(measureOne(binaryOf([0.1, 0.4, 0.4, 0.6, 0.7], [0, 1, 0, 0, 1]), 'auc')).toBeCloseTo(0.75, 15)
  })

  test('leaves out metrics without a value: an area under the curve of one class, a cost without money', () => {
    const found = measure(binaryOf([0.2, 0.3], [0, 0]))
    expect(found).not.toHaveProperty('auc')
    expect(found).not.toHaveProperty('average-precision')
    expect(found).not.toHaveProperty('expected-cost')
    expect(found['precision']).toBe(0)
  })

  test('clips a certain and wrong answer to the precision of the scores', () => {
    const wrong = binaryOf([0], [1])
    expect(measureOne(wrong, 'log-loss')).toBeCloseTo(52 * Math.LN2, 12)
    const narrow = { ...wrong, scores: { ...wrong.scores, probabilities: Float32Array.from([1, 0]) } as never }
    expect(measureOne(narrow, 'log-loss')).toBeCloseTo(23 * Math.LN2, 12)
  })

  test('counts a weight of two as the row twice (law)', () => {
    const row = fc.record({ p: fc.integer({ min: 0, max: 10 }), y: fc.nat(1), w: fc.integer({ min: 1, max: 3 }) })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const repeated = rows.flatMap((item) => Array.from({ length: item.w }, () => item))
        const of = (items: typeof rows) =>
          binaryOf(
            items.map((item) => item.p / 10),
            items.map((item) => item.y),
          )
        const weighted = measure({ ...of(rows), weights: Float64Array.from(rows, (item) => item.w) })
        const plain = measure(of(repeated))
        expect(Object.keys(weighted)).toEqual(Object.keys(plain))
        expect(apart(weighted, plain)).toEqual([])
      }),
    )
  })

  test('does not depend on the order of the rows (law)', () => {
    const { scores, truth } = goldenRegression()
    if (scores.kind === 'classes' || truth.kind === 'classes') throw new Error('expected numbers')
    const backwards = {
      scores: { ...scores, values: scores.values.toReversed() },
      truth: { ...truth, values: truth.values.toReversed() },
    }
    const [there, back] = [{ scores, truth }, backwards].map((rows) => measure({ ...rows, task: 'regression', per: 1 }))
    expect(apart(there ?? {}, back ?? {})).toEqual([])
  })

  test('judges a class that the model has never seen: never right, and as unlikely as can be', () => {
    const scores = {
      kind: 'classes' as const,
      classes: ['a', 'b', 'c', 'd'],
      probabilities: Float64Array.from([0.7, 0.1, 0.1, 0.1, 0.7, 0.1, 0.1, 0.1]),
    }
    const truth: Truth = { kind: 'classes', classes: ['new', 'a'], labels: Int32Array.from([1, 0]) }
    const found = measure({ task: 'multiclass', scores, truth, per: 1, cost: { ...usd, right: 0, wrong: 4 } })
    expect(found['accuracy']).toBe(0.5)
    expect(found['top-3-accuracy']).toBe(0.5)
    expect(found['expected-cost']).toBe(2)
    expect(found['log-loss']).toBeCloseTo((52 * Math.LN2 - Math.log(0.7)) / 2, 12)
  })

  test('says 1 for R² of a constant truth that is predicted exactly, and 0 when it is not', () => {
    const numbers = (values: number[]) => ({ kind: 'numbers' as const, values: Float64Array.from(values) })
    const of = (values: number[]) => ({
      task: 'regression' as const,
      scores: numbers(values),
      truth: numbers([5, 5]),
      per: 1,
    })
    expect(measureOne(of([5, 5]), 'r2')).toBe(1)
    expect(measureOne(of([5, 6]), 'r2')).toBe(0)
  })

  test.each([
    { reason: 'no rows', judgement: binaryOf([], []), code: 'evaluation/noRows' },
    { reason: 'scores of other rows', judgement: binaryOf([0.5], [0, 1]), code: 'evaluation/rowsDiffer' },
    { reason: 'a score that is no number', judgement: binaryOf([NaN], [0]), code: 'evaluation/notFinite' },
    {
      reason: 'a truth of numbers for a task of classes',
      judgement: { ...binaryOf([0.5], [0]), truth: { kind: 'numbers' as const, values: Float64Array.from([1]) } },
      code: 'evaluation/taskDiffers',
    },
    {
      reason: 'a truth of other classes',
      judgement: {
        ...binaryOf([0.5], [0]),
        truth: { kind: 'classes' as const, classes: ['0', '1'], labels: Int32Array.from([1]) },
      },
      code: 'evaluation/classesDiffer',
    },
    {
      reason: 'a cost of numbers for classes',
      judgement: { ...binaryOf([0.5], [0]), threshold: 0.5, cost: { ...usd, under: 1, over: 1 } },
      code: 'evaluation/costDiffers',
    },
  ])('refuses $reason', ({ judgement, code }) => {
    expect(() => measure(judgement)).toThrow(expect.objectContaining({ code }))
  })
})

describe('estimate()', () => {
  test('gives the same values as measure()', () => {
    for (const { judgement } of golden) {
      const found = estimate({ ...judgement, per: 1000 })
      const exact = measure({ ...judgement, per: 1000 })
      expect(Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value]))).toEqual(exact)
    }
  })

  test("gives DeLong's interval of the area under the curve (numpy: standard error 0.01608822925379329)", () => {
    const { value, low, high } = estimate({ task: 'binary', ...goldenBinary(), weights: undefined, per: 1 })[
      'auc'
    ] as never
    expect((high - low) / 2 / 1.959963984540054).toBeCloseTo(0.01608822925379329, 12)
    expect((high + low) / 2).toBeCloseTo(value, 12)
  })

  test('gives the textbook interval of a share', () => {
    const { low, high } = estimate({ task: 'binary', ...goldenBinary(), weights: undefined, per: 1, threshold: 0.4 })[
      'accuracy'
    ] as { low: number; high: number }
    expect(high - low).toBeCloseTo(2 * 1.959963984540054 * Math.sqrt((0.69 * 0.31) / 500), 12)
  })
})

describe('metricOf()', () => {
  test('finds a metric by name, and tells which there are when it does not', () => {
    expect(metricOf('auc', 'binary').better).toBe('higher')
    expect(() => metricOf('auc', 'regression')).toThrow(
      "Cannot measure 'auc': a regression task has expected-cost, mae, rmse, r2, mape, median-absolute-error",
    )
  })
})
