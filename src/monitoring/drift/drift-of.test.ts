import { describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import type { ColumnProfile } from '#quality'
import { monitorSchema } from '#system'
import type { DriftMethod } from '../schema.ts'
import { driftOf } from './drift-of.ts'

const monitor = monitorSchema.parse({})
const withMethod = (method: DriftMethod) => monitorSchema.parse({ drift: { method } })

/** A numeric column counted at whole numbers from 0 to 9; nothing lies outside in the reference. */
function numbers(values: readonly number[], nulls = 0): ColumnProfile {
  const edges = Array.from({ length: 11 }, (_, edge) => edge)
  const counts = Array.from({ length: 12 }, () => 0)
  for (const value of values) {
    const bin = Math.min(11, Math.max(0, Math.floor(value) + 1))
    counts[bin] = (counts[bin] as number) + 1
  }
  return {
    column: 'distance',
    type: 'numeric',
    startMs: 0,
    endMs: 1,
    rows: values.length + nulls,
    nulls,
    binning: { column: 'distance', kind: 'edges', edges },
    counts,
    min: values.length > 0 ? Math.min(...values) : null,
    max: values.length > 0 ? Math.max(...values) : null,
    sum: values.reduce((sum, value) => sum + value, 0),
    sumSquares: values.reduce((sum, value) => sum + value ** 2, 0),
  }
}

/** A text column counted by value, the last count that of all other values. */
function texts(counts: readonly number[], nulls = 0): ColumnProfile {
  const values = counts.slice(0, -1).map((_, place) => `v${place}`)
  const rows = counts.reduce((sum, count) => sum + count, nulls)
  const binning = { column: 'origin', kind: 'values' as const, values }
  return { ...numbers([1]), column: 'origin', type: 'categorical', rows, nulls, binning, counts }
}

/** Rows spread over [0, 10) with mass moved up by `tilt`. */
const tilted = (rows: number, tilt: number): number[] =>
  Array.from({ length: rows }, (_, row) => 9.999 * ((row + 0.5) / rows) ** (1 - tilt))

describe('driftOf()', () => {
  const methods: DriftMethod[] = ['jensen-shannon', 'population-stability', 'wasserstein', 'kolmogorov-smirnov']

  test.each(methods)('is 0 and no drift between equal profiles: %s', (method) => {
    const profile = numbers(tilted(5000, 0))
    expect(driftOf(profile, profile, withMethod(method))).toMatchObject({
      method,
      statistic: 0,
      excess: 0,
      drifted: false,
      findings: [],
    })
  })

  test.each(methods)('finds a column that moved: %s', (method) => {
    const found = driftOf(numbers(tilted(5000, 0)), numbers(tilted(5000, 0.5)), withMethod(method))
    expect(found.drifted).toBe(true)
    expect(found.statistic).toBeGreaterThan(found.noise)
  })

  test.each(methods)('does not take the chance of small windows for drift: %s', (method) => {
    const random = seededRandom('windows')
    const reference = numbers(Array.from({ length: 20_000 }, () => 10 * random.next()))
    let [drifted, overThreshold, mean, expected] = [0, 0, 0, 0]
    for (let window = 0; window < 300; window++) {
      const current = numbers(Array.from({ length: 60 }, () => 10 * random.next()))
      const found = driftOf(reference, current, withMethod(method))
      if (found.drifted) drifted++
      if ((found.statistic ?? 0) >= 0.1) overThreshold++
      mean += (found.statistic ?? 0) / 300
      expected += found.expected / 300
    }
    expect(drifted).toBeLessThanOrEqual(2)
    expect(overThreshold).toBeGreaterThan(50)
    expect(mean / expected).toBeGreaterThan(0.75)
    expect(mean / expected).toBeLessThan(1.1)
  })

  test('means the same by its threshold in small windows and in large ones', () => {
    const reference = numbers(tilted(100_000, 0))
    const excesses = [1000, 10_000, 100_000].map(
      (rows) => driftOf(reference, numbers(tilted(rows, 0.3)), monitor).excess,
    )
    expect(excesses[0]).toBeCloseTo(excesses[2] ?? NaN, 1)
    expect(excesses[1]).toBeCloseTo(excesses[2] ?? NaN, 2)
  })

  test('sees nulls in the distance itself, and names them', () => {
    const found = driftOf(numbers(tilted(1000, 0)), numbers(tilted(500, 0), 500), monitor)
    expect(found.drifted).toBe(true)
    expect(found.statistic).toBeGreaterThan(0.3)
    expect(found.findings).toEqual([
      expect.objectContaining({
        kind: 'nulls',
        severity: 'critical',
        statement: '50 % of distance has no value, 0 % in the reference',
      }),
    ])
  })

  test('counts a column of nulls alone as drifted, whatever the method', () => {
    const found = driftOf(numbers(tilted(1000, 0)), numbers([], 1000), withMethod('wasserstein'))
    expect(found).toMatchObject({ method: 'jensen-shannon', drifted: true })
    expect(found.statistic).toBeCloseTo(1, 12)
  })

  test('notes the first null ever without calling it drift', () => {
    const found = driftOf(numbers(tilted(10_000, 0)), numbers(tilted(1000, 0), 1), monitor)
    expect(found.drifted).toBe(false)
    expect(found.findings).toMatchObject([{ kind: 'nulls', severity: 'info' }])
  })

  test.each([
    { reason: 'one row in a thousand is a note', unseen: 5, severity: 'info', drifted: false },
    { reason: 'two in a hundred are drift', unseen: 100, severity: 'warn', drifted: true },
    { reason: 'one in five is grave', unseen: 1000, severity: 'critical', drifted: true },
  ])('finds values that the reference does not have: $reason', ({ unseen, severity, drifted }) => {
    const found = driftOf(texts([2500, 2500, 0]), texts([2500 - unseen, 2500, unseen]), monitor)
    expect(found.drifted).toBe(drifted)
    expect(found.findings).toMatchObject([{ kind: 'unseen-values', severity }])
  })

  test('expects new values where many of the old ones were seen once', () => {
    const once = Array.from({ length: 400 }, () => 1)
    const found = driftOf(
      texts([600, ...once, 0]),
      texts([120, ...once.map((_, place) => (place < 40 ? 1 : 0)), 60]),
      monitor,
    )
    expect(found.findings).toMatchObject([{ kind: 'unseen-values', severity: 'info' }])
  })

  test('compares the share of uncounted values where the reference has some', () => {
    expect(driftOf(texts([4500, 500]), texts([450, 50]), monitor).findings).toEqual([])
    expect(driftOf(texts([4500, 500]), texts([300, 200]), monitor).findings).toMatchObject([
      {
        kind: 'unseen-values',
        severity: 'critical',
        statement: '40 % of origin is a value that is rare in the reference or not in it, 10 % there',
      },
    ])
  })

  test('finds values out of range, and says how many rows lie there', () => {
    const found = driftOf(
      numbers(tilted(5000, 0)),
      numbers([...tilted(950, 0), ...Array.from({ length: 50 }, () => 40)]),
      monitor,
    )
    expect(found.drifted).toBe(true)
    expect(found.findings).toMatchObject([
      {
        kind: 'out-of-range',
        severity: 'warn',
        statement: 'distance reaches from 0.00526 to 40, 0.001 to 10 in the reference: 5 % of its rows lie outside',
        facts: { share: 0.05, high: 40 },
      },
    ])
  })

  test('counts what lies beyond the greatest value where the last bin begins at it', () => {
    const before = numbers([...tilted(900, 0), ...Array.from({ length: 100 }, () => 10)])
    const after = numbers([
      ...tilted(850, 0),
      ...Array.from({ length: 100 }, () => 10),
      ...Array.from({ length: 50 }, () => 12),
    ])
    expect(driftOf(before, before, monitor).findings).toEqual([])
    expect(driftOf(before, after, monitor).findings).toMatchObject([
      { kind: 'out-of-range', severity: 'warn', facts: { share: 0.05, high: 12, referenceHigh: 10 } },
    ])
  })

  test('notes that values lie out of range where it cannot count them', () => {
    const reference = { ...numbers(tilted(5000, 0)), min: 0.5 }
    const found = driftOf(
      { ...reference, counts: [3, ...reference.counts.slice(1)] },
      { ...reference, min: -2 },
      monitor,
    )
    expect(found.findings).toMatchObject([{ kind: 'out-of-range', severity: 'info', facts: { share: null } }])
  })

  test('compares text by Jensen-Shannon where a scale is asked for', () => {
    const found = driftOf(texts([900, 100, 0]), texts([500, 500, 0]), withMethod('kolmogorov-smirnov'))
    expect(found).toMatchObject({ method: 'jensen-shannon', drifted: true })
  })

  test('gives the Wasserstein distance in standard deviations of the reference', () => {
    const before = tilted(5000, 0).map((value) => value / 2)
    const found = driftOf(numbers(before), numbers(before.map((value) => value + 2)), withMethod('wasserstein'))
    expect(found.statistic).toBeCloseTo(2 / (5 / Math.sqrt(12)), 1)
  })

  test('holds moments in time to their nulls alone: time moves on', () => {
    const before = { ...numbers(tilted(1000, 0)), type: 'timestamp' as const }
    const after = { ...numbers(Array.from({ length: 1000 }, () => 9.9)), type: 'timestamp' as const, max: 99 }
    expect(driftOf(before, after, monitor)).toMatchObject({ statistic: null, drifted: false, findings: [] })
    const gone = { ...after, nulls: 500, rows: 1500 }
    expect(driftOf(before, gone, monitor)).toMatchObject({ drifted: true, findings: [{ kind: 'nulls' }] })
  })

  test('finds a column that is gone', () => {
    expect(driftOf(numbers([1, 2]), null, monitor)).toMatchObject({
      statistic: null,
      drifted: true,
      findings: [{ kind: 'vanished', severity: 'critical', statement: 'distance is gone' }],
    })
  })

  test('says nothing of windows without rows', () => {
    expect(driftOf(numbers([1]), numbers([]), monitor)).toMatchObject({ statistic: null, drifted: false, findings: [] })
  })

  test('refuses profiles of different binnings', () => {
    const profile = numbers([1])
    const other = { ...profile, binning: { column: 'distance', kind: 'edges' as const, edges: [0] }, counts: [0, 1] }
    expect(() => driftOf(profile, other, monitor)).toThrow(
      "Cannot compare the profiles of 'distance': their binnings differ",
    )
  })
})
