import { expect, test } from 'vitest'
import { sampleInput } from '../fixtures/sample-input.ts'
import type { SystemInput } from '../schema.ts'
import { parseSystem } from '../validation/parse-system.ts'
import { planSystem } from './plan-system.ts'

const before = parseSystem(sampleInput())
const planOf = (change: Partial<SystemInput>) => planSystem(before, parseSystem({ ...sampleInput(), ...change }))
const { objective, framing, evaluation, checks = [] } = sampleInput()
const money = { currency: 'USD', falseNegative: 90, falsePositive: 15, truePositive: 12 }

test('planSystem() of a system and itself has nothing to do', () => {
  expect(planOf({})).toEqual({
    system: 'flight-delay',
    first: false,
    changes: [],
    effects: ['nothing'],
    lines: ['flight-delay is as it was applied: nothing to do'],
  })
})

test('planSystem() of the first version builds, checks, trains and releases', () => {
  const plan = planSystem(null, before)
  expect(plan).toMatchObject({ first: true, effects: ['rebuild dataset', 're-check', 'retrain', 're-release'] })
  expect(plan.lines).toEqual([
    'flight-delay is new',
    'Applying flight-delay causes: rebuild dataset, re-check, retrain, re-release',
  ])
})

test.each<[string, Partial<SystemInput>, string, readonly string[]]>([
  ['the target of the objective', { objective: { ...objective, target: -0.2 } }, 'objective.target', ['nothing']],
  ['money', { framing: { ...framing, cost: money } }, 'framing.cost.falsePositive', ['re-release']],
  [
    'the outcome delay',
    { framing: { ...framing, outcomeAfter: '2d' } },
    'framing.outcomeAfter',
    ['rebuild dataset', 'retrain', 're-release'],
  ],
  [
    'a check in front of the others',
    { checks: [{ kind: 'not-null', column: 'date' }, ...checks] },
    'checks[not-null date]',
    ['re-check'],
  ],
  [
    'a bound of a check',
    { checks: [checks[0]!, { kind: 'between', column: 'distance', min: 25, max: 6000 }] },
    'checks[between distance].min',
    ['re-check'],
  ],
  [
    'the SQL',
    { dataset: { sql: 'select late from flights' } },
    'dataset.sql',
    ['rebuild dataset', 'retrain', 're-release'],
  ],
  [
    'a parameter',
    { candidates: [{ kind: 'majority' }, { kind: 'boosted-trees', params: { rounds: 60 } }] },
    'candidates[boosted-trees].params.rounds',
    ['retrain', 're-release'],
  ],
  [
    'the order of candidates',
    { candidates: [...sampleInput().candidates].reverse() },
    'candidates',
    ['retrain', 're-release'],
  ],
  ['a gate', { evaluation: { ...evaluation, gates: [] } }, 'evaluation.gates[beats majority]', ['re-release']],
  [
    'the path of a source',
    { sources: { flights: { kind: 'parquet', path: 'new.parquet', time: 'date' } } },
    'sources.flights.path',
    ['rebuild dataset', 're-check', 'retrain', 're-release'],
  ],
  ['the release', { release: { strategy: 'canary', steps: [0.5, 1] } }, 'release.steps', ['nothing']],
  ['how often it retrains', { retrain: { every: '7d' } }, 'retrain.every', ['nothing']],
  ['a partition', { partition: { by: 'origin' } }, 'partition', ['retrain', 're-release']],
  ['what the log keeps', { serving: { log: { sample: 0.1 } } }, 'serving', ['nothing']],
  ['the seed', { seed: 2 }, 'seed', ['retrain', 're-release']],
])('planSystem() says what a change of %s causes', (_, change, path, causes) => {
  const plan = planOf(change)
  expect(plan.changes).toMatchObject([{ path, causes }])
  expect(plan.effects).toEqual(causes)
})

test('planSystem() sums up the effects of all changes in the order that they happen', () => {
  const plan = planOf({ seed: 2, checks: [], framing: { ...framing, cost: money } })
  expect(plan.effects).toEqual(['re-check', 'retrain', 're-release'])
  expect(plan.lines).toEqual([
    '~ framing.cost.falsePositive: 12 -> 15  [re-release: the threshold and the gates are judged by the new money]',
    '- checks[not-null origin] = {"column":"origin","kind":"not-null","mostly":1,"severity":…  [re-check: the rows are held against it again]',
    '- checks[between distance] = {"column":"distance","kind":"between","max":6000,"min":20,"…  [re-check: the rows are held against it again]',
    '~ seed: 1 -> 2  [retrain, re-release: other rows and splits are drawn]',
    'Applying flight-delay causes: re-check, retrain, re-release',
  ])
})

test('planSystem() tells apart checks of one kind on one column', () => {
  const twice = [
    { kind: 'sql', name: 'a', condition: 'x' } as const,
    { kind: 'sql', name: 'a', condition: 'y' } as const,
  ]
  expect(planOf({ checks: [...checks, ...twice] }).changes.map((change) => change.path)).toEqual([
    'checks[a]',
    'checks[a (2)]',
  ])
})

test('planSystem() names the column that a system is newly cut by', () => {
  const cut = parseSystem({ ...sampleInput(), partition: { by: 'origin' } })
  const [line] = planSystem(before, cut).lines
  expect(line).toContain('+ partition = {"by":"origin","maxSegments":1000,"minRows":200}')
  const other = parseSystem({ ...sampleInput(), partition: { by: 'origin', minRows: 50 } })
  expect(planSystem(cut, other)).toMatchObject({
    changes: [{ path: 'partition.minRows', from: 200, to: 50 }],
    effects: ['retrain', 're-release'],
  })
})
