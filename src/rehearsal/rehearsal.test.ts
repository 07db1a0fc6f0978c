import { describe, expect, test } from 'vitest'
import { boostedTrees, csv, defineSystem, majority, timeSplit } from '#system'
import { planWindows } from './plan-windows.ts'
import { varySystem } from './vary.ts'

const day = 86_400_000
const spec = defineSystem({
  name: 'orders',
  objective: {
    statement: 'Fewer',
    owner: 'ops',
    metric: 'cost',
    unit: 'USD per 1000 orders',
    direction: 'down',
    target: -0.1,
    by: '2027-01-01',
  },
  framing: {
    task: 'binary',
    target: 'late',
    time: 'at',
    outcomeAfter: '1d',
    cost: { currency: 'USD', falseNegative: 9, falsePositive: 1 },
  },
  sources: { orders: csv('orders.csv') },
  dataset: { sql: 'select * from orders' },
  candidates: [majority(), boostedTrees()],
  evaluation: { split: timeSplit({ holdout: '7d', window: '21d' }) },
})
const from = (text: string) => Date.parse(`${text}Z`)

describe('planWindows()', () => {
  test('serves after window, holdout and outcomes, a sixth of the history or two holdouts at most, up to the last whole window', () => {
    const dataset = {
      timeRange: { fromMs: from('2001-01-01T00:01'), toMs: from('2001-07-01T00:00') + 1 },
      outcomeAfterMs: day,
    }
    expect(planWindows(spec, dataset)).toEqual({
      startMs: from('2001-01-30T00:00'),
      endMs: from('2001-07-01T00:00'),
      windowMs: day,
    })
    const short = {
      timeRange: { fromMs: from('2001-01-01T00:00'), toMs: from('2001-02-06T00:00') },
      outcomeAfterMs: day,
    }
    expect(planWindows(spec, short).startMs).toBe(from('2001-01-17T00:00'))
  })

  test.each([
    ['rehearsal/noTime', null],
    ['rehearsal/tooShort', { fromMs: from('2001-01-01T00:00'), toMs: from('2001-01-03T00:00') }],
  ])('refuses with %s', (code, timeRange) => {
    expect(() => planWindows(spec, { timeRange, outcomeAfterMs: day })).toThrow(expect.objectContaining({ code }))
  })
})

describe('varySystem()', () => {
  test('gives one valid system for each value', () => {
    const varied = varySystem(spec, 'retrain.every=7d,28d,never')
    expect(varied.map(({ setting, spec: changed }) => [setting, changed.retrain.every])).toEqual([
      ['retrain.every=7d', '7d'],
      ['retrain.every=28d', '28d'],
      ['retrain.every=never', 'never'],
    ])
    expect(spec.retrain.every).toBe('28d')
  })

  test('reads numbers as numbers', () => {
    expect(varySystem(spec, 'monitor.drift.threshold=0.2')[0]?.spec.monitor.drift.threshold).toBe(0.2)
  })

  test.each([
    ['retrain.every', 'rehearsal/badVariation'],
    ['=7d', 'rehearsal/badVariation'],
    ['retrian.every=7d', 'rehearsal/badVariation'],
    ['retrain.every=weekly', 'system/invalid'],
    ['retrain.often=7d', 'system/invalid'],
  ])("refuses '%s' with %s", (text, code) => {
    expect(() => varySystem(spec, text)).toThrow(expect.objectContaining({ code }))
  })
})
