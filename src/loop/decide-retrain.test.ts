import { describe, expect, test } from 'vitest'
import { decideRetrain } from './decide-retrain.ts'

const day = 86_400_000
const policy = { every: '28d', on: ['drift', 'decay'], cooldown: '7d' } as const
const drift = (atMs: number) => ({ kind: 'drift', atMs, statement: 'Origin drifted' }) as const

describe('decideRetrain()', () => {
  test.each([
    [
      'the first training is due whatever the policy says',
      { ...policy, every: 'never', on: [] },
      { lastTrainedMs: null, signals: [] },
      0,
      'first',
    ],
    ['the schedule is due at its span', policy, { lastTrainedMs: 0, signals: [] }, 28 * day, 'schedule'],
    ['nothing is due before it', policy, { lastTrainedMs: 0, signals: [] }, 28 * day - 1, 'none'],
    ['never means no schedule', { ...policy, every: 'never' }, { lastTrainedMs: 0, signals: [] }, 1000 * day, 'none'],
    ['a signal is heard after the cooldown', policy, { lastTrainedMs: 0, signals: [drift(2 * day)] }, 7 * day, 'drift'],
    ['a signal waits for the cooldown', policy, { lastTrainedMs: 0, signals: [drift(2 * day)] }, 6 * day, 'none'],
    [
      'a signal of the time before the last training is settled',
      policy,
      { lastTrainedMs: 5 * day, signals: [drift(2 * day)] },
      20 * day,
      'none',
    ],
    [
      'a signal that the system does not listen to is not heard',
      { ...policy, on: ['decay'] },
      { lastTrainedMs: 0, signals: [drift(2 * day)] },
      20 * day,
      'none',
    ],
  ] as const)('%s', (_, given, state, nowMs, trigger) => {
    const ruling = decideRetrain(given as never, state, nowMs)
    expect(ruling.trigger).toBe(trigger)
    expect(ruling.due).toBe(trigger !== 'none')
  })
})
