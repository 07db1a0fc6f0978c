import { describe, expect, test } from 'vitest'
import type { SplitSpec, SystemSpec } from '#system'
import { planWindows } from './plan-windows.ts'

const day = 86_400_000
const system = (split: SplitSpec, window = '1d') =>
  ({ name: 'flights', monitor: { window }, evaluation: { split } }) as SystemSpec
const history = (days: number, outcomeAfterDays = 1) => ({
  timeRange: { fromMs: 0, toMs: days * day },
  outcomeAfterMs: outcomeAfterDays * day,
})

describe('planWindows()', () => {
  test.each([
    ['a sixth of the history, and a day for the outcomes', { kind: 'time', holdout: '7d', window: '56d' }, 180, 31],
    ['what the split reaches back, where that is less', { kind: 'time', holdout: '3d', window: '10d' }, 180, 14],
    ['two holdouts with outcomes, where a sixth is less', { kind: 'time', holdout: '7d', window: '42d' }, 45, 16],
    ['a sixth for a split without time', { kind: 'random', share: 0.2 }, 60, 11],
  ] as const)('begins after %s', (_, split, days, startDay) => {
    const plan = planWindows(system(split), history(days))
    expect(plan).toEqual({ startMs: startDay * day, endMs: days * day, windowMs: day })
  })

  test('ends with the last whole window', () => {
    const plan = planWindows(system({ kind: 'random', share: 0.2 }, '7d'), history(100, 0))
    expect(plan).toEqual({ startMs: 14 * day, endMs: 98 * day, windowMs: 7 * day })
  })

  test('refuses rows without a time', () => {
    const rows = { timeRange: null, outcomeAfterMs: 0 }
    expect(() => planWindows(system({ kind: 'random', share: 0.2 }), rows)).toThrow(
      expect.objectContaining({ code: 'rehearsal/noTime' }),
    )
  })

  test('refuses a history that the first training uses up', () => {
    expect(() => planWindows(system({ kind: 'time', holdout: '7d', window: '42d' }), history(17))).toThrow(
      expect.objectContaining({ code: 'rehearsal/tooShort' }),
    )
  })
})
