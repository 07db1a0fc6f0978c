import { describe, expect, test } from 'vitest'
import { canonicalJson, numberColumn, seededRandom, stringColumn } from '#platform'
import { evaluate } from './evaluate.ts'
import { binaryScores, goldenBinary, goldenMulticlass, goldenRegression } from './golden/golden-rows.ts'
import { estimate, measure } from './measure.ts'
import type { Interval, Truth } from './schema.ts'

const usd = { currency: 'USD' }
const flights = { ...usd, falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 }
const base = { per: 1000, minSliceRows: 100, random: seededRandom(5), primary: 'expected-cost' }

/** Calibrated binary rows, some thousands of them. */
function calibratedRows(rows: number) {
  const random = seededRandom('rows')
  const probabilities = Float64Array.from({ length: rows }, () => 1 / (1 + Math.exp(1.3 - 1.2 * random.normal())))
  const labels = Int32Array.from(probabilities, (p) => (random.next() < p ? 1 : 0))
  const truth: Truth = { kind: 'classes', classes: ['no', 'yes'], labels }
  return { scores: binaryScores(probabilities), truth }
}

const width = (interval: { low: number | null; high: number | null } | undefined): number =>
  (interval?.high ?? NaN) - (interval?.low ?? NaN)

describe('evaluate()', () => {
  test.each([
    { task: 'binary' as const, rows: goldenBinary(), cost: flights },
    { task: 'multiclass' as const, rows: goldenMulticlass(), cost: { ...usd, right: 0, wrong: 2 } },
    { task: 'regression' as const, rows: goldenRegression(), cost: { ...usd, under: 3, over: 1 } },
  ])('gives exact values inside their intervals, as plain JSON: $task', ({ task, rows, cost }) => {
    const found = evaluate({ ...base, ...rows, task, cost })
    const exact = measure({ ...rows, task, cost, per: 1000 })
    expect(Object.fromEntries(Object.entries(found.metrics).map(([name, { value }]) => [name, value]))).toEqual(exact)
    expect(
      Object.entries(found.metrics).filter(([, { value, low, high }]) => !(low <= value && value <= high)),
    ).toEqual([])
    expect(JSON.parse(canonicalJson(found))).toEqual(found)
    expect(found).toMatchObject({
      task,
      per: 1000,
      currency: 'USD',
      primary: { name: 'expected-cost', better: 'lower' },
    })
  })

  test('gives the same judgement again from the same random stream, another from another', () => {
    const rows = goldenBinary()
    const of = (seed: number) =>
      canonicalJson(evaluate({ ...base, ...rows, task: 'binary', cost: flights, random: seededRandom(seed) }))
    expect(of(1)).toBe(of(1))
    expect(of(1)).not.toBe(of(2))
  })

  test('has intervals as wide as the normal approximation, row by row and in cells of rows', () => {
    for (const rows of [3000, 40_000]) {
      const judged = { ...calibratedRows(rows), task: 'binary' as const, cost: flights, per: 1000 }
      const found = evaluate({ ...base, ...judged, resamples: 1000 }).metrics
      const normal = estimate(judged)
      const known = Object.keys(found).filter((name) => normal[name]?.low !== null)
      expect(known).toHaveLength(8)
      const ratios = known.map((name) => ({ name, ratio: width(found[name]) / width(normal[name]) }))
      expect(ratios.filter(({ ratio }) => ratio < 0.88 || ratio > 1.12)).toEqual([])
    }
  })

  test('has intervals as wide as the normal approximation in cells of a multiclass task and of a regression', () => {
    const repeat = <T extends Float64Array | Float32Array | Int32Array>(values: T, times: number): T => {
      const out = new (values.constructor as new (length: number) => T)(values.length * times)
      for (let i = 0; i < times; i++) out.set(values, i * values.length)
      return out
    }
    const multi = goldenMulticlass()
    const regression = goldenRegression()
    if (multi.scores.kind === 'numbers' || multi.truth.kind === 'numbers') throw new Error('expected classes')
    if (regression.scores.kind === 'classes' || regression.truth.kind === 'classes') throw new Error('expected numbers')
    const judged = [
      {
        task: 'multiclass' as const,
        scores: { ...multi.scores, probabilities: repeat(multi.scores.probabilities, 20) },
        truth: { ...multi.truth, labels: repeat(multi.truth.labels, 20) },
      },
      {
        task: 'regression' as const,
        scores: { ...regression.scores, values: repeat(regression.scores.values, 15) },
        truth: { ...regression.truth, values: repeat(regression.truth.values, 15) },
      },
    ]
    for (const rows of judged) {
      const primary = rows.task === 'multiclass' ? 'log-loss' : 'mae'
      const found = evaluate({ ...base, ...rows, primary, resamples: 1000 }).metrics
      const normal = estimate({ ...rows, per: 1 })
      const ratios = Object.keys(found)
        .filter((name) => normal[name]?.low !== null)
        .map((name) => ({ name, ratio: width(found[name]) / width(normal[name]) }))
      expect(ratios.length).toBeGreaterThanOrEqual(3)
      expect(ratios.filter(({ ratio }) => ratio < 0.88 || ratio > 1.12)).toEqual([])
    }
  })

  test('covers the truth as often as it says: about 95 of 100 samples of a known mean', () => {
    const random = seededRandom(9)
    let covered = 0
    for (let round = 0; round < 200; round++) {
      const labels = Int32Array.from({ length: 300 }, () => (random.next() < 0.7 ? 1 : 0))
      const scores = binaryScores(Float64Array.from(labels, () => 0.9))
      const truth: Truth = { kind: 'classes', classes: ['no', 'yes'], labels }
      const accuracy = evaluate({ ...base, task: 'binary', scores, truth, primary: 'accuracy', random }).metrics[
        'accuracy'
      ] as Interval
      if (accuracy.low <= 0.7 && accuracy.high >= 0.7) covered++
      random.next()
    }
    expect(covered).toBeGreaterThanOrEqual(178)
    expect(covered).toBeLessThanOrEqual(199)
  })

  test.each([
    { reason: 'a number is given', threshold: 0.3, cost: flights, expected: { value: 0.3, rule: 'given' } },
    {
      reason: 'nothing is given',
      threshold: undefined,
      cost: flights,
      expected: { value: 12 / 90, rule: 'calibrated' },
    },
    {
      reason: 'there is no cost',
      threshold: 'optimise' as const,
      cost: undefined,
      expected: { value: 0.5, rule: 'half' },
    },
    { reason: 'asked to optimise', threshold: 'optimise' as const, cost: flights, expected: { rule: 'optimised' } },
  ])('decides by the threshold of rule $expected.rule when $reason', ({ threshold, cost, expected }) => {
    const found = evaluate({ ...base, ...goldenBinary(), task: 'binary', primary: 'auc', threshold, cost })
    expect(found.threshold).toMatchObject(expected)
  })

  test('counts decisions by actual and decided class, and draws the calibration curve', () => {
    const { weights: _, ...rows } = goldenBinary()
    const found = evaluate({ ...base, ...rows, task: 'binary', cost: flights, threshold: 0.4 })
    const counts = Object.fromEntries(found.confusion.map((cell) => [`${cell.actual} as ${cell.predicted}`, cell.rows]))
    expect(counts).toEqual({ 'no as no': 188, 'no as yes': 142, 'yes as no': 13, 'yes as yes': 157 })
    expect(found.calibration).toHaveLength(10)
    expect(found.calibration.reduce((sum, bin) => sum + bin.rows, 0)).toBe(500)
    const error = found.calibration.reduce(
      (sum, bin) => sum + (bin.rows / 500) * Math.abs(bin.observed - bin.predicted),
      0,
    )
    expect(error).toBeCloseTo(found.metrics['ece-equal-count']?.value ?? NaN, 12)
  })

  test('names a class that only the truth has in the confusions of a multiclass task', () => {
    const scores = { kind: 'classes' as const, classes: ['a', 'b', 'c'], probabilities: Float64Array.from([1, 0, 0]) }
    const truth: Truth = { kind: 'classes', classes: ['new'], labels: Int32Array.from([0]) }
    const { confusion } = evaluate({ ...base, task: 'multiclass', scores, truth, primary: 'accuracy' })
    expect(confusion).toEqual([{ actual: 'new', predicted: 'a', rows: 1 }])
  })

  test.each([
    { reason: 'a cost is asked for and there is none', primary: 'expected-cost', code: 'evaluation/undefinedMetric' },
    { reason: 'the task does not know the metric', primary: 'rmse', code: 'evaluation/unknownMetric' },
  ])('refuses when $reason', ({ primary, code }) => {
    expect(() => evaluate({ ...base, ...goldenBinary(), task: 'binary', primary })).toThrow(
      expect.objectContaining({ code }),
    )
  })

  test('refuses an area under the curve of one class', () => {
    const truth: Truth = { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.from([0, 0]) }
    expect(() =>
      evaluate({ ...base, task: 'binary', scores: binaryScores([0.1, 0.2]), truth, primary: 'auc' }),
    ).toThrow('Cannot judge the model by auc: these rows do not hold every class')
  })
})

describe('slices of evaluate()', () => {
  const rows = calibratedRows(4000)
  const labels = rows.truth.kind === 'classes' ? rows.truth.labels : new Int32Array(0)
  const judged = { ...base, ...rows, task: 'binary' as const, cost: flights }
  /** Rows of 'bad' are mostly late, which costs; 'rare' has too few rows. */
  const origin = stringColumn([...labels].map((label, row) => (row < 60 ? 'rare' : label === 1 ? 'bad' : 'good')))

  test('stand worst first, only where there are enough rows', () => {
    const { slices, primary } = evaluate({ ...judged, slices: { origin } })
    expect(slices.map((slice) => slice.group)).toEqual(['bad', 'good'])
    expect(slices[0]?.value).toBeGreaterThan(primary.value)
    expect(slices.map((slice) => slice.worse)).toEqual([true, false])
  })

  test('hold exactly the rows of their group', () => {
    const { slices } = evaluate({ ...judged, slices: { origin } })
    const places = [...labels.keys()].filter((row) => row >= 60 && labels[row] === 0)
    const scores = binaryScores(
      places.map((row) => (rows.scores.kind === 'classes' ? (rows.scores.probabilities[2 * row + 1] as number) : 0)),
    )
    const truth: Truth = { kind: 'classes', classes: ['no', 'yes'], labels: new Int32Array(places.length) }
    const good = slices.find((slice) => slice.group === 'good')
    expect(good?.rows).toBe(places.length)
    expect(good?.value).toBeCloseTo(
      measure({ task: 'binary', scores, truth, cost: flights, per: 1000 })['expected-cost'] ?? NaN,
      9,
    )
  })

  test('leave out groups on which the metric has no value', () => {
    expect(evaluate({ ...judged, primary: 'auc', slices: { origin } }).slices).toEqual([])
  })

  test('are by value where numbers are few, by fifths where they are many, and include rows without a value', () => {
    const few = numberColumn([...labels.keys()].map((row) => (row % 4 === 0 ? null : row % 4)))
    const many = numberColumn([...labels.keys()].map((row) => row))
    const { slices } = evaluate({ ...judged, slices: { few, many } })
    const groupsOf = (column: string) => slices.filter((slice) => slice.column === column).map((slice) => slice.group)
    expect(new Set(groupsOf('few'))).toEqual(new Set([null, '1', '2', '3']))
    expect(new Set(groupsOf('many'))).toEqual(
      new Set(['[0, 799.8)', '[799.8, 1599.6)', '[1599.6, 2399.4)', '[2399.4, 3199.2)', '[3199.2, 3999]']),
    )
    expect(slices.filter((slice) => slice.column === 'many').map((slice) => slice.rows)).toEqual([
      800, 800, 800, 800, 800,
    ])
  })

  test('have an interval for a metric without a closed form too', () => {
    const half = stringColumn([...labels.keys()].map((row) => (row % 2 === 0 ? 'even' : 'odd')))
    const { slices } = evaluate({ ...judged, primary: 'average-precision', slices: { half } })
    expect(slices).toHaveLength(2)
    expect(slices.every((slice) => slice.low < slice.value && slice.value < slice.high)).toBe(true)
  })

  test('refuse a column of other rows', () => {
    expect(() => evaluate({ ...judged, slices: { origin: stringColumn(['a']) } })).toThrow(
      expect.objectContaining({ code: 'evaluation/rowsDiffer' }),
    )
  })
})
