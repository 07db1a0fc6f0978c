import { describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { evaluate } from './evaluate.ts'
import { goldenBinary } from './golden/golden-rows.ts'
import { judgeGates, type GateEvidence } from './judge-gates.ts'
import type { Comparison } from './schema.ts'

const evaluation = evaluate({
  ...goldenBinary(),
  weights: undefined,
  task: 'binary',
  per: 1000,
  primary: 'auc',
  minSliceRows: 100,
  random: seededRandom(1),
})
const better: Comparison = {
  metric: 'auc',
  difference: 0.02,
  low: 0.011,
  high: 0.03,
  better: true,
  worse: false,
  challenger: 0.87,
  incumbent: 0.85,
  rows: 500,
}
const equal: Comparison = { ...better, difference: 0.001, low: -0.01, high: 0.012, better: false }
const evidence: GateEvidence = {
  candidate: 'boosted-trees',
  evaluation,
  champion: 'version 3',
  comparisons: { champion: better, rule: equal },
}

describe('judgeGates()', () => {
  test('passes when there are no gates', () => {
    expect(judgeGates([], evidence)).toEqual({ passed: true, results: [] })
  })

  test.each([
    {
      gate: { kind: 'beats' as const, what: 'champion' },
      passed: true,
      why: 'boosted-trees beats the champion version 3: auc differs by 0.02 (95 % interval 0.011 to 0.03)',
    },
    {
      gate: { kind: 'beats' as const, what: 'rule' },
      passed: false,
      why: 'boosted-trees does not beat rule: auc differs by 0.001 (95 % interval −0.01 to 0.012)',
    },
    {
      gate: { kind: 'beats' as const, what: 'logistic' },
      passed: false,
      why: 'boosted-trees was not compared with logistic',
    },
    {
      gate: { kind: 'beats' as const, what: 'boosted-trees' },
      passed: false,
      why: 'boosted-trees is what was chosen: nothing beats it',
    },
    {
      gate: { kind: 'at-least' as const, metric: 'auc', value: 0.8 },
      passed: true,
      why: 'auc of boosted-trees is 0.8708, asked for at least 0.8',
    },
    {
      gate: { kind: 'at-least' as const, metric: 'auc', value: 0.9 },
      passed: false,
      why: 'auc of boosted-trees is 0.8708, asked for at least 0.9',
    },
    {
      gate: { kind: 'at-most' as const, metric: 'log-loss', value: 0.6 },
      passed: true,
      why: 'log-loss of boosted-trees is 0.5031, asked for at most 0.6',
    },
    {
      gate: { kind: 'at-most' as const, metric: 'log-loss', value: 0.5 },
      passed: false,
      why: 'log-loss of boosted-trees is 0.5031, asked for at most 0.5',
    },
  ])('rules: $why', ({ gate, passed, why }) => {
    const judgement = judgeGates([gate], evidence)
    expect(judgement.results).toEqual([expect.objectContaining({ gate, passed, why })])
    expect(judgement.passed).toBe(passed)
  })

  test('grants beating the champion where there is none', () => {
    const [result] = judgeGates([{ kind: 'beats', what: 'champion' }], { ...evidence, champion: null }).results
    expect(result).toMatchObject({ passed: true, why: 'There is no champion yet, so there is none to beat' })
  })

  test('fails on a metric that nobody measured, and says which there are', () => {
    const [result] = judgeGates([{ kind: 'at-least', metric: 'expected-cost', value: 1 }], evidence).results
    expect(result?.passed).toBe(false)
    expect(result?.why).toMatch(/^boosted-trees has no value of 'expected-cost'; it has auc, average-precision, /)
  })

  test('fails as a whole when one gate fails, and still tells all of them', () => {
    const judgement = judgeGates(
      [
        { kind: 'beats', what: 'champion' },
        { kind: 'at-least', metric: 'auc', value: 0.9 },
      ],
      evidence,
    )
    expect(judgement.passed).toBe(false)
    expect(judgement.results.map((result) => result.passed)).toEqual([true, false])
  })

  test('records the numbers it ruled on', () => {
    const [result] = judgeGates([{ kind: 'at-least', metric: 'auc', value: 0.8 }], evidence).results
    const { value, low, high } = evaluation.metrics['auc'] as { value: number; low: number; high: number }
    expect(result?.facts).toEqual({ metric: 'auc', value, low, high, bound: 0.8 })
  })
})
