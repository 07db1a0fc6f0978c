import { assert, double, nat, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ArmEvidence, Release } from './schema.ts'
import { stepRelease } from './step-release.ts'

const hour = 3_600_000
const release: Release = {
  id: 'release_1',
  system: 'flight-delay',
  versionId: 'version_2',
  previousVersionId: 'version_1',
  strategy: { strategy: 'canary', steps: [0.05, 0.25, 1], bake: '24h', minSamples: 500 },
  step: 0,
  share: 0.05,
  state: 'running',
  startedMs: 0,
  stepStartedMs: 0,
  finishedMs: null,
  history: [],
}
const arm = (costPer: number | null, more: Partial<ArmEvidence> = {}): ArmEvidence => ({
  rows: 2000,
  known: 1000,
  costPer,
  low: costPer === null ? null : costPer - 1,
  high: costPer === null ? null : costPer + 1,
  errors: 0,
  ...more,
})
const judge = (challenger: ArmEvidence, more: { at?: number; champion?: ArmEvidence; of?: Partial<Release> } = {}) =>
  stepRelease({ ...release, ...more.of }, { challenger, champion: more.champion ?? arm(20) }, more.at ?? 24 * hour)

describe('stepRelease()', () => {
  test.each([
    { why: 'it is not worse after its time', challenger: arm(20), action: 'advance' },
    { why: 'a rise within the interval proves nothing: √(1² + 1²) = 1.414', challenger: arm(21.4), action: 'advance' },
    { why: 'a rise beyond the interval is worse', challenger: arm(21.42), action: 'rollback' },
    { why: 'it is worse, so its time need not pass', challenger: arm(25), at: hour, action: 'rollback' },
    { why: 'too few outcomes are known to call it worse', challenger: arm(25, { known: 499 }), action: 'hold' },
    { why: 'too few outcomes are known to go on', challenger: arm(20, { known: 499 }), action: 'hold' },
    { why: 'its time has not passed', challenger: arm(20), at: 24 * hour - 1, action: 'hold' },
    { why: 'it fails where the champion does not', challenger: arm(10, { errors: 1 }), at: 1, action: 'rollback' },
    {
      why: 'both fail alike, as at a bad request',
      challenger: arm(20, { errors: 2 }),
      champion: arm(20, { errors: 2 }),
      action: 'advance',
    },
    { why: 'the next share is all the traffic', challenger: arm(20), of: { step: 1, share: 0.25 }, action: 'promote' },
    { why: 'no costs are set, so errors alone count', challenger: arm(null), champion: arm(null), action: 'advance' },
    {
      why: 'the champion has no known outcome to compare with',
      challenger: arm(20),
      champion: arm(null, { known: 0 }),
      action: 'hold',
    },
    {
      why: 'a cost without an interval proves nothing',
      challenger: arm(50, { low: null, high: null }),
      action: 'advance',
    },
    { why: 'a first version has no champion', challenger: arm(99), of: { previousVersionId: null }, action: 'promote' },
    {
      why: 'big bang waits for nothing',
      challenger: arm(99),
      at: 0,
      of: { strategy: { strategy: 'big-bang' as const }, share: 1 },
      action: 'promote',
    },
    {
      why: 'a release that ended stays as it is',
      challenger: arm(99),
      of: { state: 'promoted' as const },
      action: 'hold',
    },
  ])('rules $action: $why', ({ challenger, action, ...more }) => {
    const verdict = judge(challenger, more)
    expect([verdict.action, verdict.why.length > 10]).toEqual([action, true])
  })

  test('says in its facts and words what it saw', () => {
    expect(judge(arm(25))).toEqual({
      action: 'rollback',
      why: 'The challenger costs more than the champion: +5.000 (95 % interval +3.586 to +6.414) per prediction',
      facts: {
        step: 0,
        share: 0.05,
        challenger: arm(25),
        champion: arm(20),
        difference: { value: 5, low: 5 - Math.SQRT2, high: 5 + Math.SQRT2 },
      },
    })
  })

  test('never promotes or advances what it would roll back at the same evidence, whatever the moment', () => {
    const evidence = record({
      costPer: double({ min: 0, max: 100, noNaN: true }),
      width: double({ min: 0, max: 10, noNaN: true }),
    })
    assert(
      property(evidence, nat(48), nat(48), ({ costPer, width }, a, b) => {
        const challenger = arm(costPer, { low: costPer - width, high: costPer + width })
        const rolledBack = [a, b].map((hours) => judge(challenger, { at: hours * hour }).action === 'rollback')
        expect(rolledBack[0]).toBe(rolledBack[1])
      }),
    )
  })
})
