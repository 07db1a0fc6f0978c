import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { greatestGap } from './greatest-gap.ts'
import { jensenShannonDistance, jensenShannonDistanceNats, jensenShannonDivergence } from './jensen-shannon.ts'
import { kolmogorovSmirnov, kolmogorovSmirnovOfSamples } from './kolmogorov-smirnov.ts'
import { proportionsOf } from './same-bins.ts'
import type { SpreadHistogram } from './spread-histogram.ts'
import { stabilityIndex } from './stability-index.ts'
import { wassersteinDistance, wassersteinOfSamples } from './wasserstein.ts'

const p = [0.1, 0.4, 0.5, 0]
const q = [0.3, 0.3, 0.3, 0.1]
const ofProportions = [
  {
    name: 'jensenShannonDivergence',
    distance: jensenShannonDivergence,
    value: 0.07703701972782577,
    source: 'SciPy 1.17.1, squared',
  },
  {
    name: 'jensenShannonDistance',
    distance: jensenShannonDistance,
    value: 0.333378053156172,
    source: 'SciPy 1.17.1, base 2',
  },
  {
    name: 'jensenShannonDistanceNats',
    distance: jensenShannonDistanceNats,
    value: 0.2775554354139471,
    source: 'SciPy 1.17.1',
  },
  { name: 'stabilityIndex', distance: stabilityIndex, value: 1.0407405421023137, source: 'numpy, empty as 0.0001' },
  { name: 'greatestGap', distance: greatestGap, value: 0.2, source: 'by hand' },
]
const histograms = fc.integer({ min: 1, max: 12 }).chain((bins) => {
  const counts = fc
    .array(fc.nat(50), { minLength: bins, maxLength: bins })
    .filter((list) => list.some((count) => count > 0))
  return fc.tuple(counts, counts)
})

describe.each(ofProportions)('$name()', ({ distance, value, source }) => {
  test('is 0 when the histograms are equal', () => {
    expect(distance(p, p)).toBe(0)
  })

  test('is symmetric and not negative (law)', () => {
    fc.assert(
      fc.property(histograms, ([a, b]) => {
        const [before, now] = [proportionsOf(a), proportionsOf(b)]
        expect(distance(before, now)).toBeGreaterThanOrEqual(0)
        expect(distance(before, now)).toBeCloseTo(distance(now, before), 12)
      }),
    )
  })

  test(`gives the value of ${source}`, () => {
    expect(distance(p, q)).toBeCloseTo(value, 14)
  })

  test('refuses histograms of different bins', () => {
    expect(() => distance([1], q)).toThrow('Cannot compare histograms: reference has 1 bins, current has 4')
  })
})

describe('jensenShannonDistance()', () => {
  test('is 1 between histograms with nothing in common, and keeps the triangle inequality (law)', () => {
    expect(jensenShannonDistance([1, 0], [0, 1])).toBeCloseTo(1, 15)
    fc.assert(
      fc.property(histograms, histograms, ([a, b], [c]) => {
        fc.pre(a.length === c.length)
        const [x, y, z] = [a, b, c].map(proportionsOf) as [number[], number[], number[]]
        expect(jensenShannonDistance(x, z)).toBeLessThanOrEqual(
          jensenShannonDistance(x, y) + jensenShannonDistance(y, z) + 1e-12,
        )
      }),
    )
  })
})

describe('stabilityIndex()', () => {
  test('gives a value worked out by hand: .2 ln 2 − .2 ln ⅔', () => {
    expect(stabilityIndex([0.2, 0.6, 0.2], [0.4, 0.4, 0.2])).toBeCloseTo(0.2 * Math.log(2) - 0.2 * Math.log(2 / 3), 15)
  })
})

describe('proportionsOf()', () => {
  test('refuses counts of nothing', () => {
    expect(() => proportionsOf([0, 0])).toThrow(expect.objectContaining({ code: 'monitoring/noCounts' }))
  })
})

const samples = fc
  .array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 40 })
  .map((list) => Float64Array.from(list))

/** One bin for each whole number, so that spreading within bins moves nothing by more than one. */
function histogramOf(values: Float64Array): SpreadHistogram {
  const edges = Array.from({ length: 42 }, (_, place) => place - 20)
  const counts = Array.from({ length: 43 }, () => 0)
  for (const value of values) counts[value + 21] = (counts[value + 21] as number) + 1
  return { edges, counts, min: Math.min(...values), max: Math.max(...values) }
}

describe('wassersteinOfSamples()', () => {
  test('gives the value of SciPy 1.17.1', () => {
    expect(wassersteinOfSamples(Float64Array.from([1, 2, 2, 5, 7.5]), Float64Array.from([2, 3, 3, 8]))).toBeCloseTo(
      1.1,
      14,
    )
  })

  test('is the shift of a shifted sample (law)', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: -9, max: 9 }), (values, shift) => {
        expect(
          wassersteinOfSamples(
            values,
            values.map((value) => value + shift),
          ),
        ).toBeCloseTo(Math.abs(shift), 10)
      }),
    )
  })

  test('refuses an empty sample', () => {
    expect(() => wassersteinOfSamples(new Float64Array(0), Float64Array.from([1]))).toThrow(
      expect.objectContaining({ code: 'monitoring/noCounts' }),
    )
  })
})

describe('kolmogorovSmirnovOfSamples()', () => {
  test('gives the statistic of SciPy 1.17.1', () => {
    const [a, b] = [Float64Array.from([1, 2, 2, 5, 7.5]), Float64Array.from([2, 3, 3, 8])]
    expect(kolmogorovSmirnovOfSamples(a, b)).toBeCloseTo(0.35, 14)
  })

  test('is 1 between samples that do not overlap', () => {
    expect(kolmogorovSmirnovOfSamples(Float64Array.from([1, 2]), Float64Array.from([3]))).toBe(1)
  })
})

describe('wassersteinDistance() and kolmogorovSmirnov() of histograms', () => {
  test('are 0 when the histograms are equal', () => {
    const histogram = histogramOf(Float64Array.from([1, 4, 4, -3]))
    expect(wassersteinDistance(histogram, histogram)).toBe(0)
    expect(kolmogorovSmirnov(histogram, histogram)).toBe(0)
  })

  test('are those of the samples, but for the width of a bin (law)', () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const [x, y] = [histogramOf(a), histogramOf(b)]
        expect(Math.abs(wassersteinDistance(x, y) - wassersteinOfSamples(a, b))).toBeLessThanOrEqual(1)
        expect(kolmogorovSmirnov(x, y)).toBeLessThanOrEqual(kolmogorovSmirnovOfSamples(a, b) + 1e-12)
      }),
    )
  })

  test('spread values within a bin: half of [0, 1) against all of it (hand calculation)', () => {
    const whole = { edges: [0, 1, 2], counts: [0, 8, 0, 0], min: 0, max: 1 }
    const both = { edges: [0, 1, 2], counts: [0, 4, 4, 0], min: 0, max: 2 }
    // F = x, then 1; G = x/2 up to 2: the gap is greatest, ½, at 1, and two triangles of area ¼ lie between them.
    expect(kolmogorovSmirnov(whole, both)).toBeCloseTo(0.5, 15)
    expect(wassersteinDistance(whole, both)).toBeCloseTo(0.5, 15)
  })

  test('reach to the least and the greatest value outside of the edges', () => {
    const near = { edges: [0, 1], counts: [0, 4, 0], min: 0, max: 1 }
    const far = { edges: [0, 1], counts: [0, 0, 4], min: 9, max: 11 }
    expect(kolmogorovSmirnov(near, far)).toBe(1)
    expect(wassersteinDistance(near, far)).toBeGreaterThan(4)
  })

  test('refuse histograms of other edges', () => {
    const one = { edges: [0], counts: [1, 1], min: -1, max: 1 }
    expect(() => wassersteinDistance(one, { ...one, edges: [1] })).toThrow(
      expect.objectContaining({ code: 'monitoring/binsDiffer' }),
    )
  })
})
