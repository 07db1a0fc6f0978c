import { describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { chooseSegments, type SegmentOptions } from './choose-segments.ts'
import { measure } from './measure.ts'

const segmentRows = 40
const segmentCount = 200
const rows = segmentRows * segmentCount
const random = seededRandom('segments')
const truth = Float64Array.from({ length: rows }, () => random.normal())
const noise = (deviation: number) => Float64Array.from(truth, (value) => value + deviation * random.normal())
const segments = new Map(
  Array.from({ length: segmentCount }, (_, place) => [
    `s${place}`,
    Int32Array.from({ length: segmentRows }, (_, row) => place * segmentRows + row),
  ]),
)
const choose = (pooled: Float64Array, own: Float64Array, more: Partial<SegmentOptions> = {}) =>
  chooseSegments({
    task: 'regression',
    per: 1000,
    truth: { kind: 'numbers', values: truth },
    pooled: { kind: 'numbers', values: pooled },
    own: { kind: 'numbers', values: own },
    segments,
    primary: 'mae',
    random: seededRandom(1),
    ...more,
  })
const errorOf = (values: Float64Array): number =>
  measure({
    task: 'regression',
    per: 1000,
    truth: { kind: 'numbers', values: truth },
    scores: { kind: 'numbers', values },
  })['mae'] as number
const valuesOf = (choice: ReturnType<typeof choose>): Float64Array => (choice.scores as { values: Float64Array }).values

describe('chooseSegments()', () => {
  test('keeps all where each is clearly better, and none where each is clearly worse', () => {
    const better = choose(noise(1), noise(0.1))
    expect(better.kept).toHaveLength(segmentCount)
    expect(errorOf(valuesOf(better))).toBeLessThan(0.1)
    const pooled = noise(0.1)
    const worse = choose(pooled, noise(1))
    expect(worse).toEqual({ kept: [], scores: { kind: 'numbers', values: pooled } })
  })

  test('keeps those that are better, and scores their rows alone by their own models', () => {
    const pooled = noise(1)
    const good = noise(0.1)
    const bad = noise(3)
    const own = truth.map((_, row) => (row < rows / 2 ? good[row] : bad[row]) as number)
    const choice = choose(pooled, own)
    expect(choice.kept).toEqual([...segments.keys()].slice(0, segmentCount / 2))
    expect(valuesOf(choice)).toEqual(truth.map((_, row) => (row < rows / 2 ? good[row] : pooled[row]) as number))
  })

  test('does not flatter: where own and pooled models are equally good, so is the whole', () => {
    // An own error of 1 on average everywhere: choosing each segment by its own rows would look 5 % better.
    const [pooled, own] = [noise(1), noise(1)]
    const flattered = truth.slice()
    for (const places of segments.values()) {
      const sum = (values: Float64Array) =>
        places.reduce((total, row) => total + Math.abs((values[row] as number) - (truth[row] as number)), 0)
      const lower = sum(own) < sum(pooled) ? own : pooled
      for (const row of places) flattered[row] = lower[row] as number
    }
    const honest = errorOf(valuesOf(choose(pooled, own)))
    expect(errorOf(flattered)).toBeLessThan(0.97 * errorOf(pooled))
    expect(honest).toBeGreaterThan(0.985 * errorOf(pooled))
    expect(honest).toBeLessThanOrEqual(errorOf(pooled))
  })

  test('is the same for the same seed, in whatever order the segments come', () => {
    const [pooled, own] = [noise(1), noise(0.9)]
    const backwards = choose(pooled, own, { segments: new Map([...segments].reverse()) })
    const forwards = choose(pooled, own)
    expect(backwards.scores).toEqual(forwards.scores)
    expect(backwards.kept.toReversed()).toEqual(forwards.kept)
  })

  test('decides at the threshold that is best for the pooled model', () => {
    // The pooled probabilities tell the classes apart at 0.25, where the own ones say yes to all; at one half it is the other way.
    const labels = Int32Array.from(truth, (value) => (value > 0 ? 1 : 0))
    const both = (positive: (label: number) => number) => ({
      kind: 'classes' as const,
      classes: ['no', 'yes'],
      probabilities: Float64Array.from([...labels].flatMap((label) => [1 - positive(label), positive(label)])),
    })
    const choice = chooseSegments({
      task: 'binary',
      per: 1000,
      cost: { currency: 'USD', falseNegative: 1, falsePositive: 1, truePositive: 0, trueNegative: 0 },
      truth: { kind: 'classes', classes: ['no', 'yes'], labels },
      pooled: both((label) => (label === 1 ? 0.3 : 0.2)),
      own: both((label) => (label === 1 ? 0.9 : 0.4)),
      segments,
      primary: 'expected-cost',
      random: seededRandom(1),
    })
    expect(choice.kept).toEqual([])
  })

  test('keeps no own model on whose rows the metric has no value', () => {
    const labels = Int32Array.from(truth, (_, row) => (row < rows / 2 ? 1 : 0))
    const probabilities = Float64Array.from([...labels].flatMap((label) => [1 - label, label]))
    const even = new Float64Array(2 * rows).fill(0.5)
    const choice = chooseSegments({
      task: 'binary',
      per: 1000,
      truth: { kind: 'classes', classes: ['no', 'yes'], labels },
      pooled: { kind: 'classes', classes: ['no', 'yes'], probabilities: even },
      own: { kind: 'classes', classes: ['no', 'yes'], probabilities },
      segments: new Map([...segments, ['nobody', new Int32Array(0)]]),
      primary: 'auc',
      random: seededRandom(1),
    })
    expect(choice.kept).toEqual([])
  })
})
