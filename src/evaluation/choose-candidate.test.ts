import { describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { chooseCandidate, type LadderEntry } from './choose-candidate.ts'
import { evaluate } from './evaluate.ts'
import { binaryScores } from './golden/golden-rows.ts'
import type { Truth } from './schema.ts'

const cost = { currency: 'USD', falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 }
const random = seededRandom('ladder')
const chances = Float64Array.from({ length: 6000 }, () => random.next() ** 2)
const truth: Truth = {
  kind: 'classes',
  classes: ['no', 'yes'],
  labels: Int32Array.from(chances, (chance) => (random.next() < chance ? 1 : 0)),
}
const options = { truth, cost, per: 1000, primary: 'expected-cost', random: seededRandom(2) }

function entry(name: string, rung: number, probabilities: Float64Array): LadderEntry {
  const scores = binaryScores(probabilities)
  const evaluation = evaluate({ ...options, task: 'binary', scores, minSliceRows: 100 })
  return { name, rung, scores, evaluation, threshold: evaluation.threshold?.value }
}

const never = entry('majority', 0, new Float64Array(6000))
const rough = entry(
  'rule',
  1,
  chances.map((chance) => (chance > 0.3 ? 0.6 : 0.05)),
)
const good = entry('logistic', 2, chances)
/** The same answers but for a hair. */
const same = entry(
  'boosted-trees',
  3,
  chances.map((chance) => Math.min(1, chance + 1e-9)),
)

describe('chooseCandidate()', () => {
  test('climbs while each rung pays for itself, and gives the evidence of every comparison', () => {
    const { name, reasons } = chooseCandidate([same, good, never, rough], options)
    expect(name).toBe('logistic')
    expect(reasons.map((reason) => [reason.challenger, reason.incumbent, reason.replaced])).toEqual([
      ['rule', 'majority', true],
      ['logistic', 'rule', true],
      ['boosted-trees', 'logistic', false],
    ])
    expect(reasons[1]?.why).toMatch(
      /^logistic replaces rule: expected-cost differs by −\S+ \(95 % interval −\S+ to −\S+\)$/,
    )
    expect(reasons[2]?.why).toMatch(/^boosted-trees does not replace logistic: /)
  })

  test('compares what comes next with what was kept, not with what failed', () => {
    /** Acts where there is least to save. */
    const worse = entry(
      'bad-rule',
      1,
      chances.map((chance) => (chance < 0.05 ? 0.9 : 0)),
    )
    const { name, reasons } = chooseCandidate([never, worse, good], options)
    expect(name).toBe('logistic')
    expect(reasons.map((reason) => reason.incumbent)).toEqual(['majority', 'majority'])
  })

  test('tries the better of one rung first', () => {
    const dull = entry(
      'dull-logistic',
      2,
      chances.map((chance) => 0.3 + chance / 10),
    )
    const { name, reasons } = chooseCandidate([never, dull, good], options)
    expect(name).toBe('logistic')
    expect(reasons.map((reason) => reason.challenger)).toEqual(['logistic', 'dull-logistic'])
  })

  test('chooses the only candidate there is without a comparison, and refuses an empty ladder', () => {
    expect(chooseCandidate([rough], options)).toEqual({ name: 'rule', reasons: [] })
    expect(() => chooseCandidate([], options)).toThrow(expect.objectContaining({ code: 'evaluation/emptyLadder' }))
  })
})
