import { describe, expect, test } from 'vitest'
import type { Estimate } from '#evaluation'
import { canonicalJson } from '#platform'
import { monitorSchema } from '#system'
import { judgeWindow } from './judge-window.ts'
import type { ColumnDrift, DriftFinding, WindowReport } from './schema.ts'

const day = 86_400_000
const monitor = monitorSchema.parse({ drift: { share: 0.5 }, performance: { worseBy: 0.1, windows: 3 } })

const column = (name: string, drifted: boolean, findings: readonly DriftFinding[] = []): ColumnDrift => ({
  column: name,
  method: 'jensen-shannon',
  statistic: drifted ? 0.21 : 0.01,
  expected: 0.01,
  noise: 0.02,
  excess: drifted ? 0.2 : 0,
  threshold: 0.1,
  drifted,
  findings,
  referenceRows: 10_000,
  currentRows: 1000,
})

/** A window of 1,000 rows that promised 100 ± 2 per 1,000, and cost what is said, ± 5. */
function windowOf(place: number, cost: number | null, more: Partial<WindowReport> = {}): WindowReport {
  const realised = (costPer: Estimate) => ({ rows: 1000, costPer, metrics: {} })
  return {
    system: 'flights',
    versionId: 'version_1',
    startMs: place * day,
    endMs: (place + 1) * day,
    rows: 1000,
    drift: [],
    predictionDrift: null,
    knownShare: cost === null ? 0 : 1,
    realised: cost === null ? null : realised({ value: cost, low: cost - 5, high: cost + 5 }),
    expected: { name: 'expected-cost', better: 'lower', value: 100, low: 98, high: 102 },
    expectedCostPer: { value: 100, low: 98, high: 102 },
    signals: [],
    ...more,
  }
}

const judge = (costs: readonly (number | null)[], spec = monitor) => {
  const windows = costs.map((cost, place) => windowOf(place, cost))
  return judgeWindow({ monitor: spec, history: windows.slice(0, -1), window: windows.at(-1) as WindowReport })
}

describe('judgeWindow() of drift', () => {
  test('is silent while fewer inputs drift than the share', () => {
    const drift = [column('a', true), column('b', false), column('c', false)]
    expect(judgeWindow({ monitor, history: [], window: windowOf(0, null, { drift }) })).toEqual([])
  })

  test('signals from the share up, with the numbers and the thresholds', () => {
    const drift = [column('a', true), column('b', false)]
    const [signal, ...others] = judgeWindow({ monitor, history: [], window: windowOf(3, null, { drift }) })
    expect(others).toEqual([])
    expect(signal).toMatchObject({
      kind: 'drift',
      system: 'flights',
      versionId: 'version_1',
      startMs: 3 * day,
      endMs: 4 * day,
      severity: 'warn',
      statement: '1 of 2 inputs drifted: a (0.21)',
      evidence: { share: 0.5, shareThreshold: 0.5, threshold: 0.1, inputs: [{ column: 'a', statistic: 0.21 }] },
    })
    expect(() => canonicalJson(signal)).not.toThrow()
  })

  test('signals what the model answers by itself', () => {
    const window = windowOf(0, null, { drift: [column('a', false)], predictionDrift: column('prediction', true) })
    expect(judgeWindow({ monitor, history: [], window })).toMatchObject([
      { kind: 'drift', statement: 'what the model answers drifted (0.21)' },
    ])
  })

  test('is critical when a finding is, and says which', () => {
    const gone: DriftFinding = { kind: 'vanished', severity: 'critical', statement: 'a is gone', facts: {} }
    const drift = [{ ...column('a', true, [gone]), statistic: null }]
    expect(judgeWindow({ monitor, history: [], window: windowOf(0, null, { drift }) })).toMatchObject([
      { severity: 'critical', statement: '1 of 1 inputs drifted: a (a is gone)' },
    ])
  })

  test('names five inputs at most', () => {
    const drift = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => column(name, true))
    const [signal] = judgeWindow({ monitor, history: [], window: windowOf(0, null, { drift }) })
    expect(signal?.statement).toMatch(/^7 of 7 inputs drifted: a .*, e \(0\.21\), 2 more$/)
  })

  test('asks for one drifted input even where the share is 0', () => {
    const spec = monitorSchema.parse({ drift: { share: 0 } })
    expect(
      judgeWindow({ monitor: spec, history: [], window: windowOf(0, null, { drift: [column('a', false)] }) }),
    ).toEqual([])
  })
})

describe('judgeWindow() of decay', () => {
  test('signals after enough windows in a row that cost more than promised', () => {
    const [signal, ...others] = judge([100, 120, 121, 122])
    expect(others).toEqual([])
    expect(signal).toMatchObject({
      kind: 'decay',
      severity: 'critical',
      startMs: 3 * day,
      statement: 'expected-cost was 121 in the last 3 windows, 21 % worse than the 100 that the evaluation promised',
      evidence: { promised: 100, realised: 121, allowed: 110, rows: 3000 },
    })
    expect(() => canonicalJson(signal)).not.toThrow()
  })

  test.each([
    { reason: 'there were too few windows', costs: [120, 121] },
    { reason: 'one of the windows was within what is allowed', costs: [120, 109, 122] },
    { reason: 'the outcomes of this window are not known', costs: [120, 121, 122, null] },
    { reason: 'it costs less than promised', costs: [50, 50, 50] },
  ])('is silent where $reason', ({ costs }) => {
    expect(judge(costs)).toEqual([])
  })

  test('passes over windows whose outcomes never came', () => {
    expect(judge([120, null, 121, 122])).toHaveLength(1)
  })

  test('is silent where the rows are too few to tell', () => {
    const windows = [0, 1, 2].map((place) => {
      const window = windowOf(place, 120)
      return { ...window, realised: { rows: 20, costPer: { value: 120, low: 60, high: 180 }, metrics: {} } }
    })
    expect(judgeWindow({ monitor, history: windows.slice(0, 2), window: windows[2] as WindowReport })).toEqual([])
  })

  test('does not count windows of another version', () => {
    const history = [0, 1].map((place) => windowOf(place, 120, { versionId: 'version_0' }))
    expect(judgeWindow({ monitor, history, window: windowOf(2, 120) })).toEqual([])
  })

  test('does not count this window twice when an earlier report of it stands in the history', () => {
    const history = [windowOf(1, 120), windowOf(2, 120)]
    expect(judgeWindow({ monitor, history, window: windowOf(2, 120) })).toEqual([])
  })

  test('reads the primary metric, and which way it is better, where there is no money', () => {
    const withoutMoney = (place: number, auc: number): WindowReport =>
      windowOf(place, null, {
        realised: { rows: 1000, costPer: null, metrics: { auc: { value: auc, low: auc - 0.01, high: auc + 0.01 } } },
        expected: { name: 'auc', better: 'higher', value: 0.9, low: 0.89, high: 0.91 },
        expectedCostPer: null,
      })
    const areas = (values: number[]) => {
      const windows = values.map((auc, place) => withoutMoney(place, auc))
      return judgeWindow({ monitor, history: windows.slice(0, 2), window: windows[2] as WindowReport })
    }
    expect(areas([0.7, 0.7, 0.7])).toMatchObject([{ kind: 'decay', evidence: { metric: 'auc', allowed: 0.81 } }])
    expect(areas([0.95, 0.95, 0.95])).toEqual([])
  })

  test('takes a promise of profit (a cost below zero) by its size', () => {
    const profit = (place: number, cost: number): WindowReport =>
      windowOf(place, cost, { expectedCostPer: { value: -100, low: -102, high: -98 } })
    const judged = (cost: number) =>
      judgeWindow({ monitor, history: [profit(0, cost), profit(1, cost)], window: profit(2, cost) })
    expect(judged(-95)).toEqual([])
    expect(judged(-80)).toHaveLength(1)
  })
})
