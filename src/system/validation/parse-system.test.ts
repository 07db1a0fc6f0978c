import { expect, test } from 'vitest'
import { contentHash, isFailure, type Failure } from '#platform'
import { sampleInput } from '../fixtures/sample-input.ts'
import { parseSystem } from './parse-system.ts'
import { issueText, type SpecIssue } from './spec-issue.ts'

type Loose = Record<string, any> // oxlint-disable-line typescript/no-explicit-any -- tests break the form on purpose

const failureOf = (value: unknown): Failure => {
  try {
    parseSystem(value)
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
  throw new Error('It was accepted')
}
const issuesOf = (value: unknown): string[] => (failureOf(value).details['issues'] as SpecIssue[]).map(issueText)
const broken = (change: (system: Loose) => void): Loose => {
  const system = sampleInput() as Loose
  change(system)
  return system
}

test('parseSystem() fills in every default', () => {
  const system = parseSystem(sampleInput())
  expect(system.framing).toMatchObject({ per: 1000, cost: { trueNegative: 0 } })
  expect(system.monitor).toEqual({
    window: '1d',
    drift: { method: 'jensen-shannon', threshold: 0.1, over: '7d', share: 0.3 },
    performance: { worseBy: 0.1, windows: 3 },
  })
  expect(system.retrain).toEqual({ every: '28d', on: [], cooldown: '7d' })
  expect(system.seed).toBe(1)
})

test('parseSystem() of its own result is the same system with the same hash', () => {
  const once = parseSystem(sampleInput())
  expect(parseSystem(once)).toEqual(once)
  expect(contentHash(parseSystem(JSON.parse(JSON.stringify(once))))).toBe(contentHash(once))
})

test('parseSystem() gives what nobody can change', () => {
  const system = parseSystem(sampleInput()) as Loose
  expect(() => (system['objective']['target'] = 0)).toThrow(TypeError)
  expect(() => (system['candidates'][0].params['x'] = 1)).toThrow(TypeError)
})

test.each<[string, (system: Loose) => void, string]>([
  ['a misspelt field', (s) => (s['framing'].targets = 1), "framing.targets is not known; expected 'target'"],
  ['an unknown part', (s) => (s['canidates'] = []), "canidates is not known; expected 'candidates'"],
  ['a missing part', (s) => delete s['dataset'], 'dataset is missing; expected an object'],
  ['a missing field', (s) => delete s['objective'].unit, 'objective.unit is missing; expected a text'],
  ['a wrong type', (s) => (s['objective'].target = '10 %'), "objective.target is '10 %'; expected a number"],
  [
    'a word that is none of the allowed',
    (s) => (s['framing'].task = 'binray'),
    "framing.task is 'binray'; expected 'binary'",
  ],
  [
    'a span that is none',
    (s) => (s['monitor'] = { window: 'daily' }),
    "monitor.window is 'daily'; expected a span of time such as '15m', '36h' or '28d'",
  ],
  ['a share above 1', (s) => (s['checks'][0].mostly = 99), 'checks[0].mostly is 99; expected at most 1'],
  ['an empty list', (s) => (s['candidates'] = []), 'candidates is an empty list; expected at least 1 item'],
  [
    'a currency of two letters',
    (s) => (s['framing'].cost.currency = 'US'),
    "framing.cost.currency is 'US'; expected exactly 3 characters",
  ],
  [
    'a kind of check that is not',
    (s) => (s['checks'][1].kind = 'betwen'),
    "checks[1].kind is 'betwen'; expected 'between'",
  ],
  [
    'a name with capitals',
    (s) => (s['name'] = 'Flights'),
    "name is 'Flights'; expected lower-case letters, digits and '-', starting with a letter, at most 63",
  ],
  [
    'a source name that SQL would not take',
    (s) => (s['sources'] = { 'my flights': s['sources'].flights }),
    "sources['my flights'] is 'my flights'; expected a name that SQL takes",
  ],
  [
    'a path that is a number',
    (s) => (s['sources'].flights.path = 3),
    'sources.flights.path is 3; expected a text or a list',
  ],
  [
    'a path list with a number in it',
    (s) => (s['sources'].flights.path = ['a', 3]),
    'sources.flights.path[1] is 3; expected a text',
  ],
  [
    'a word for never that is none',
    (s) => (s['retrain'] = { every: 'no' }),
    "retrain.every is 'no'; expected 'never' or a span of time",
  ],
  ['a function', (s) => (s['seed'] = () => 1), 'seed is a function; expected a number'],
  [
    'a misspelt cost',
    (s) => (s['framing'].cost = { currency: 'USD', falseNegative: 1, falsePositve: 1 }),
    "framing.cost.falsePositve is not known; expected 'falsePositive'",
  ],
])('parseSystem() refuses %s, and says what would be right', (_, change, expected) => {
  expect(issuesOf(broken(change))).toEqual(expect.arrayContaining([expect.stringContaining(expected)]))
})

test.each<[string, (system: Loose) => void, string]>([
  [
    'a partition by the target',
    (s) => (s['partition'] = { by: 'late' }),
    "partition.by is 'late', the target; expected a text column among the inputs",
  ],
  [
    'a partition by a column that models do not see',
    (s) => {
      s['partition'] = { by: 'carrier' }
      s['dataset'].inputs = ['origin', 'distance']
    },
    "partition.by is 'carrier', which is not among dataset.inputs; expected one of 'origin', 'distance'",
  ],
  [
    'a partition by numbers',
    (s) => {
      s['partition'] = { by: 'distance' }
      s['dataset'].types = { distance: 'numeric' }
    },
    "partition.by is 'distance', which dataset.types makes numeric; expected 'categorical'",
  ],
  [
    'a partition by what the split keeps on one side',
    (s) => {
      s['partition'] = { by: 'origin' }
      s['evaluation'].split = { kind: 'group', by: ['origin'] }
    },
    "partition.by is 'origin', which evaluation.split keeps on one side",
  ],
  [
    'a cost of another task',
    (s) => (s['framing'].cost = { currency: 'USD', under: 1, over: 1 }),
    'framing.cost has the form of a regression task, but the task is binary; expected the fields',
  ],
  [
    'expected cost without a cost',
    (s) => delete s['framing'].cost,
    "framing.cost is missing, and evaluation.primary is 'expected-cost'",
  ],
  [
    'a time split without a time',
    (s) => delete s['framing'].time,
    'framing.time is missing, and evaluation.split is by time',
  ],
  [
    'a trainer of another task',
    (s) => s['candidates'].push({ kind: 'mean' }),
    "candidates[2].kind is 'mean', which does not solve a binary task; expected one of 'majority'",
  ],
  [
    'a trainer that is not',
    (s) => s['candidates'].push({ kind: 'boosted-tree' }),
    "candidates[2].kind is 'boosted-tree', which no trainer makes; expected 'boosted-trees'",
  ],
  [
    'tuning of what has nothing to tune',
    (s) => (s['candidates'][0].tune = {}),
    "candidates[0].tune is set, and 'majority' has nothing to tune",
  ],
  ['a rule without SQL', (s) => s['candidates'].push({ kind: 'rule' }), 'candidates[2].params.sql is missing'],
  [
    'two candidates of one name',
    (s) => s['candidates'].push({ kind: 'logistic', name: 'majority' }),
    "candidates[2].name is 'majority', which candidates[0] is called",
  ],
  ['a candidate called champion', (s) => (s['candidates'][1].name = 'champion'), "candidates[1].name is 'champion'"],
  [
    'a gate on a candidate that is not',
    (s) => (s['evaluation'].gates = [{ kind: 'beats', what: 'majorty' }]),
    "evaluation.gates[0].what is 'majorty', which no candidate is called; expected 'majority'",
  ],
  [
    'a gate on a metric of another task',
    (s) => (s['evaluation'].gates = [{ kind: 'at-most', metric: 'rmse', value: 1 }]),
    "evaluation.gates[0].metric is 'rmse', which is no metric of a binary task",
  ],
  [
    'a primary metric that is not',
    (s) => (s['evaluation'].primary = 'logloss'),
    "evaluation.primary is 'logloss', which is no metric of a binary task; expected 'log-loss'",
  ],
  [
    'a canary that ends before all traffic',
    (s) => (s['release'].steps = [0.1, 0.5]),
    'release.steps[1] is 0.5, and it is the last; expected 1',
  ],
  [
    'a canary that steps back',
    (s) => (s['release'].steps = [0.5, 0.2, 1]),
    'release.steps[1] is 0.2; expected more than 0.5',
  ],
  ['no source', (s) => (s['sources'] = {}), 'sources are empty'],
  [
    'a check on a source that is not',
    (s) => (s['checks'][0].source = 'flight'),
    "checks[0].source is 'flight', which no source is called; expected 'flights'",
  ],
  [
    'a check that could mean several sources',
    (s) => (s['sources'].weather = s['sources'].flights),
    "checks[0].source is missing, and there are several; expected one of 'flights', 'weather'",
  ],
  [
    'a range without ends',
    (s) => s['checks'].push({ kind: 'between', column: 'a' }),
    'checks[2] has neither min nor max',
  ],
  ['a range upside down', (s) => (s['checks'][1].max = 3), 'checks[1].max is 3, below min; expected at least 20'],
  ['a range of a number and a text', (s) => (s['checks'][1].max = 'z'), 'checks[1].max is of another type than min'],
  [
    'the target among the inputs',
    (s) => (s['dataset'].inputs = ['late', 'origin']),
    "dataset.inputs hold the target 'late'",
  ],
  ['the target in the entity', (s) => s['framing'].entity.push('late'), "framing.entity holds the target 'late'"],
  ['the target as time', (s) => (s['framing'].time = 'late'), "framing.time is 'late', the target"],
  [
    'a positive class where there are many',
    (s) => Object.assign(s['framing'], { task: 'multiclass', positive: 'x' }),
    'framing.positive is set for a multiclass task',
  ],
  [
    'an objective that aims the other way',
    (s) => (s['objective'].direction = 'up'),
    "objective.target is -0.1 while the direction is 'up'; expected a positive relative change",
  ],
  [
    'a day that no calendar has',
    (s) => (s['objective'].by = '2001-02-30'),
    "objective.by is '2001-02-30', a day that no calendar has",
  ],
  [
    'a window of nothing',
    (s) => (s['monitor'] = { window: '0d' }),
    "monitor.window is '0d'; expected more than nothing",
  ],
  [
    'two histories of one name',
    (s) => (s['dataset'].history = [1, 2].map(() => ({ name: 'h', of: 'late', by: [], over: ['7d'] }))),
    "dataset.history[1].name is 'h', which another one is called",
  ],
  [
    'a history over nothing',
    (s) => (s['dataset'].history = [{ name: 'h', of: 'late', by: [], over: ['1d', '0h'] }]),
    "dataset.history[0].over[1] is '0h'",
  ],
  [
    'a split that judges on nothing',
    (s) => (s['evaluation'].split = { kind: 'random', share: 0 }),
    'evaluation.split.share is 0; expected more than 0 and less than 1',
  ],
])('parseSystem() refuses %s', (_, change, expected) => {
  expect(issuesOf(broken(change))).toEqual(expect.arrayContaining([expect.stringContaining(expected)]))
})

test('parseSystem() names mistakes of form and of fit at once', () => {
  const issues = issuesOf(
    broken((s) => {
      s['objective'].by = 'June'
      s['candidates'].push({ kind: 'mean' })
      s['release'].steps = [0.5]
    }),
  )
  expect(issues.map((line) => line.split(' ')[0])).toEqual(['objective.by', 'candidates[2].kind', 'release.steps[0]'])
})

test.each([
  ['null', null, 'the system is null'],
  ['a list', [], 'the system is an empty list'],
  ['a function', () => 1, 'the system is a function'],
])('parseSystem() refuses %s in place of a system', (_, value, expected) => {
  expect(failureOf(value).message).toContain(expected)
})

test('parseSystem() says one mistake in one line, and several in one line each', () => {
  expect(failureOf(broken((s) => delete s['name'])).message).toBe(
    'Cannot use the system: name is missing; expected a text',
  )
  const two = failureOf(broken((s) => (delete s['name'], delete s['seed'], (s['seed'] = 'x')))).message
  expect(two.split('\n')).toEqual([
    'Cannot use the system: 2 mistakes',
    '  name is missing; expected a text',
    "  seed is 'x'; expected a number",
  ])
})
