import { describe, expect, test } from 'vitest'
import { evaluate, type Truth } from '#evaluation'
import { canonicalJson, seededRandom } from '#platform'
import type { ColumnProfile } from '#quality'
import { monitorSchema } from '#system'
import { realisedPerformance } from './realised-performance.ts'
import type { WindowReport } from './schema.ts'
import { summariseWindow, type SummariseOptions } from './summarise-window.ts'

const profile = (column: string, counts: readonly number[]): ColumnProfile => ({
  column,
  type: 'categorical',
  startMs: 0,
  endMs: 1,
  rows: counts.reduce((sum, count) => sum + count, 0),
  nulls: 0,
  binning: { column, kind: 'values', values: counts.slice(1).map((_, place) => `v${place}`) },
  counts,
  min: null,
  max: null,
  sum: 0,
  sumSquares: 0,
})
const cost = { currency: 'USD', falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 }
const random = seededRandom('window')
const chances = Float64Array.from({ length: 3000 }, () => random.next() ** 2)
const scores = {
  kind: 'classes' as const,
  classes: ['no', 'yes'],
  probabilities: Float64Array.from([...chances].flatMap((chance) => [1 - chance, chance])),
}
const truthOf = (shift: number): Truth => ({
  kind: 'classes',
  classes: ['no', 'yes'],
  labels: Int32Array.from(chances, (chance) => (random.next() < Math.min(1, chance + shift) ? 1 : 0)),
})
const judged = { task: 'binary' as const, scores, cost, per: 1000 }
const evaluation = evaluate({
  ...judged,
  truth: truthOf(0),
  minSliceRows: 100,
  primary: 'expected-cost',
  random: seededRandom(1),
})
const base: SummariseOptions = {
  system: 'flights',
  versionId: 'version_1',
  startMs: 0,
  endMs: 10,
  rows: 1000,
  reference: [profile('origin', [5000, 5000, 0]), profile('carrier', [9000, 1000, 0])],
  current: [profile('origin', [500, 500, 0]), profile('carrier', [900, 100, 0])],
  known: 0,
  realised: null,
  evaluation,
  monitor: monitorSchema.parse({}),
  history: [],
}

describe('summariseWindow()', () => {
  test('is plain JSON, the same again', () => {
    const report = summariseWindow(base)
    expect(JSON.parse(canonicalJson(report))).toEqual(report)
    expect(summariseWindow(base)).toEqual(report)
  })

  test('is silent about a window like the reference, and carries what was promised', () => {
    const report = summariseWindow(base)
    expect(report).toMatchObject({ knownShare: 0, realised: null, predictionDrift: null, signals: [] })
    expect(report.drift.map(({ column, drifted }) => [column, drifted])).toEqual([
      ['origin', false],
      ['carrier', false],
    ])
    expect(report.expected).toEqual(evaluation.primary)
    expect(report.expectedCostPer).toEqual(evaluation.metrics['expected-cost'])
  })

  test('puts what drifted furthest first, and what vanished among it', () => {
    const current = [profile('carrier', [300, 700, 0])]
    const { drift, signals } = summariseWindow({ ...base, current })
    expect(drift.map(({ column, drifted }) => [column, drifted])).toEqual([
      ['carrier', true],
      ['origin', true],
    ])
    expect(signals).toMatchObject([{ kind: 'drift', severity: 'critical', evidence: { share: 1 } }])
  })

  test('compares what the model answers, then and now', () => {
    const prediction = { reference: profile('answer', [8000, 2000, 0]), current: profile('answer', [200, 800, 0]) }
    const { predictionDrift, signals } = summariseWindow({ ...base, prediction })
    expect(predictionDrift).toMatchObject({ column: 'answer', drifted: true })
    expect(signals).toMatchObject([{ statement: expect.stringMatching(/^what the model answers drifted/) }])
  })

  test('says nothing of drift where there were no predictions', () => {
    expect(summariseWindow({ ...base, rows: 0, current: [] })).toMatchObject({ drift: [], knownShare: 0, signals: [] })
  })

  test('signals decay once outcomes show it in enough windows', () => {
    const history: WindowReport[] = []
    for (const place of [0, 1, 2]) {
      const realised = realisedPerformance({ ...judged, truth: truthOf(0.15) })
      const span = { startMs: place * 10, endMs: place * 10 + 10, rows: 4000, known: 3000, realised }
      history.push(summariseWindow({ ...base, ...span, history }))
    }
    expect(history.map((report) => report.signals.map((signal) => signal.kind))).toEqual([[], [], ['decay']])
    expect(history[2]?.knownShare).toBe(0.75)
  })
})
