import { expect, test } from 'vitest'
import type { Objective } from '../schema.ts'
import { smartCheck, type Feasibility } from './smart-check.ts'

const objective: Objective = {
  statement: 'Fewer passengers are stranded',
  owner: 'ops-desk',
  stakeholders: [{ name: 'passengers', wants: 'to arrive' }],
  metric: 'disruption cost',
  unit: 'USD per 1000 flights',
  direction: 'down',
  baseline: 18_000,
  target: -0.1,
  by: '2001-06-30',
  keyResult: 'H1 KR3',
}
const nowMs = Date.UTC(2001, 0, 31)
const feasibility: Feasibility = { change: -0.14, afterMs: 10 * 86_400_000 }
const { baseline: _, ...unmeasured } = objective
const { keyResult: __, ...unattached } = objective

test('smartCheck() passes an objective that has everything, and says on what', () => {
  const { passed, letters } = smartCheck(objective, { nowMs, feasibility })
  expect(passed).toBe(true)
  expect(letters.map(({ letter, why }) => `${letter}: ${why}`)).toEqual([
    'S: disruption cost, for passengers',
    'M: disruption cost in USD per 1000 flights, 18000 today, to change by -10 %',
    'A: a rehearsal reached -14 %',
    'R: it serves H1 KR3, owned by ops-desk',
    'T: by 2001-06-30, in 151 days',
  ])
})

test.each<[string, string, Objective, Feasibility | undefined, number, string]>([
  ['a metric of the model', 'S', { ...objective, metric: 'AUC' }, feasibility, nowMs, "'AUC' measures a model"],
  [
    'a statement of two words',
    'S',
    { ...objective, statement: 'Be better' },
    feasibility,
    nowMs,
    "'Be better' does not say what becomes better",
  ],
  ['nobody for whom', 'SR', { ...objective, stakeholders: [] }, feasibility, nowMs, 'nothing says for whom'],
  ['no baseline', 'M', unmeasured, feasibility, nowMs, 'there is no baseline'],
  ['no change', 'A', { ...objective, target: 0 }, feasibility, nowMs, 'asks for no change'],
  ['no rehearsal', 'A', objective, undefined, nowMs, 'nothing has measured whether -10 % can be reached'],
  [
    'a rehearsal that fell short',
    'A',
    objective,
    { change: -0.04 },
    nowMs,
    'a rehearsal reached -4 % of the -10 % asked for',
  ],
  ['a rehearsal that made it worse', 'A', objective, { change: 0.2 }, nowMs, 'a rehearsal reached +20 %'],
  ['no key result', 'R', unattached, feasibility, nowMs, 'it serves no key result'],
  ['a date that is over', 'T', objective, feasibility, Date.UTC(2001, 6, 1), '2001-06-30 is over: it is 2001-07-01'],
  [
    'too little time',
    'T',
    objective,
    feasibility,
    Date.UTC(2001, 5, 30, 12),
    '2001-06-30 is 1 day away, and a rehearsal took 10 days',
  ],
])('smartCheck() does not pass %s (%s)', (_title, letters, given, measured, at, why) => {
  const check = smartCheck(given, { nowMs: at, feasibility: measured })
  expect(check.passed).toBe(false)
  const failed = check.letters.filter((letter) => !letter.passed)
  expect(failed.map((letter) => letter.letter).join('')).toBe(letters)
  expect(failed[0]?.why).toContain(why)
})

test('smartCheck() takes the baseline that a rehearsal measured, and a target that goes up', () => {
  const up: Objective = { ...unmeasured, direction: 'up', target: 0.05 }
  const { passed, letters } = smartCheck(up, { nowMs, feasibility: { change: 0.05, baseline: 0.9 } })
  expect(passed).toBe(true)
  expect(letters[1]?.why).toContain('0.9 today, to change by +5 %')
})
