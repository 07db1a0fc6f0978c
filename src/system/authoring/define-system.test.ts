import { expect, test } from 'vitest'
import {
  atLeast,
  atMost,
  beats,
  between,
  bigBang,
  boostedTrees,
  canary,
  check,
  csv,
  days,
  defineSystem,
  fresh,
  groupSplit,
  history,
  hours,
  inSet,
  json,
  kFold,
  linear,
  logistic,
  majority,
  matches,
  mean,
  minutes,
  ndjson,
  notNull,
  parquet,
  randomSplit,
  rowCount,
  rule,
  seasonalNaive,
  sql,
  timeSplit,
  unique,
  type SystemInput,
} from '../index.ts'
import { sampleInput } from '../fixtures/sample-input.ts'

const systemWith = (change: Partial<SystemInput>) => defineSystem({ ...sampleInput(), ...change })

test('defineSystem() takes what every builder of sources gives', () => {
  const options = { time: 'date', cursor: 'time', columns: { delay: 'INTEGER' } } as const
  const { sources } = systemWith({
    checks: [],
    sources: {
      flights: parquet('a.parquet'),
      b: csv(['b1.csv', 'b2.csv'], { delimiter: ';' }),
      c: json('c.json', options),
      d: ndjson('d.ndjson'),
    },
  })
  expect(sources).toEqual({
    flights: { kind: 'parquet', path: 'a.parquet', cursor: 'file' },
    b: { kind: 'csv', path: ['b1.csv', 'b2.csv'], delimiter: ';', cursor: 'file' },
    c: { kind: 'json', path: 'c.json', ...options },
    d: { kind: 'ndjson', path: 'd.ndjson', cursor: 'file' },
  })
})

test('defineSystem() takes what every builder of checks gives', () => {
  const options = { mostly: 0.99, severity: 'stop', where: 'delay > 0', source: 'flights' } as const
  const plain = { mostly: 1, severity: 'warn' }
  const { checks } = systemWith({
    checks: [
      notNull('origin', options),
      unique('id'),
      unique(['origin', 'date']),
      between('distance', 20, 6000, { severity: 'quarantine' }),
      between('date', '2001-01-01', null),
      inSet('origin', ['ATL', 'ORD']),
      matches('origin', /^[a-z]{3}$/i),
      fresh(hours(36), { column: 'date' }),
      rowCount({ min: 1 }, { severity: 'stop' }),
      check(sql`
        arrival
          > departure
      `),
      check('a > 0', { name: 'positive a' }),
    ],
  })
  expect(checks).toEqual([
    { kind: 'not-null', column: 'origin', ...options },
    { kind: 'unique', columns: ['id'], ...plain },
    { kind: 'unique', columns: ['origin', 'date'], ...plain },
    { kind: 'between', column: 'distance', min: 20, max: 6000, ...plain, severity: 'quarantine' },
    { kind: 'between', column: 'date', min: '2001-01-01', ...plain },
    { kind: 'in-set', column: 'origin', values: ['ATL', 'ORD'], ...plain },
    { kind: 'matches', column: 'origin', pattern: '(?i)^[a-z]{3}$', ...plain },
    { kind: 'fresh', column: 'date', within: '36h', ...plain },
    { kind: 'row-count', min: 1, ...plain, severity: 'stop' },
    { kind: 'sql', name: 'arrival > departure', condition: 'arrival\n  > departure', ...plain },
    { kind: 'sql', name: 'positive a', condition: 'a > 0', ...plain },
  ])
})

test('defineSystem() takes what every builder of candidates gives', () => {
  const { candidates } = systemWith({
    candidates: [
      majority(),
      seasonalNaive({ season: 'hour-of-week', smoothing: 2 }),
      rule(sql`hour >= ${18}`, { name: 'evening' }),
      logistic({ l2: 0.01, tune: true }),
      boostedTrees({ rounds: 200, tune: { trials: 8, budget: minutes(1) } }),
      boostedTrees({ name: 'small trees', leaves: 7, tune: false }),
    ],
  })
  expect(candidates).toEqual([
    { kind: 'majority', params: {} },
    { kind: 'seasonal-naive', params: { season: 'hour-of-week', smoothing: 2 } },
    { kind: 'rule', name: 'evening', params: { sql: 'hour >= 18' } },
    { kind: 'logistic', params: { l2: 0.01 }, tune: { trials: 16, budget: '60s' } },
    { kind: 'boosted-trees', params: { rounds: 200 }, tune: { trials: 8, budget: '1m' } },
    { kind: 'boosted-trees', name: 'small trees', params: { leaves: 7 } },
  ])
  const regression = systemWith({
    framing: { ...sampleInput().framing, task: 'regression', cost: { currency: 'USD', under: 1, over: 2 } },
    candidates: [mean({ statistic: 'median' }), linear()],
    evaluation: { split: timeSplit(), gates: [beats('mean')] },
  })
  expect(regression.candidates).toEqual([
    { kind: 'mean', params: { statistic: 'median' } },
    { kind: 'linear', params: {} },
  ])
})

test('defineSystem() takes what every builder of gates, releases, splits and histories gives', () => {
  const evaluated = (split: SystemInput['evaluation']['split']) =>
    systemWith({ evaluation: { split, gates: [beats('champion'), atLeast('auc', 0.6), atMost('log-loss', 0.5)] } })
  expect(evaluated(timeSplit({ holdout: days(7), window: days(90) })).evaluation.split).toEqual({
    kind: 'time',
    holdout: '7d',
    window: '90d',
  })
  expect(evaluated(randomSplit()).evaluation.split).toEqual({ kind: 'random', share: 0.2 })
  expect(evaluated(groupSplit({ by: ['origin'], share: 0.3 })).evaluation.split).toEqual({
    kind: 'group',
    by: ['origin'],
    share: 0.3,
  })
  expect(evaluated(kFold({ folds: 3 })).evaluation).toMatchObject({
    split: { kind: 'k-fold', folds: 3 },
    gates: [
      { kind: 'beats', what: 'champion' },
      { kind: 'at-least', metric: 'auc', value: 0.6 },
      { kind: 'at-most', metric: 'log-loss', value: 0.5 },
    ],
  })
  expect(systemWith({ release: bigBang() }).release).toEqual({ strategy: 'big-bang' })
  expect(systemWith({ release: canary({ bake: hours(12) }) }).release).toEqual({
    strategy: 'canary',
    steps: [0.05, 0.25, 1],
    bake: '12h',
    minSamples: 500,
  })
  const late = history('late_by_route', { of: 'late', by: ['origin', 'destination'], over: [days(1), days(7)] })
  expect(systemWith({ dataset: { sql: 'select * from flights', history: [late] } }).dataset.history).toEqual([
    {
      name: 'late_by_route',
      of: 'late',
      by: ['origin', 'destination'],
      over: ['1d', '7d'],
      every: '1d',
      aggregate: 'mean',
    },
  ])
})

test('sql`` takes away the indentation of the file around it, and nothing else', () => {
  expect(sql`
      select *
      from ${'flights'}
        where delay > ${15}
  `).toBe('select *\nfrom flights\n  where delay > 15')
  expect(sql`a > 1`).toBe('a > 1')
  expect(sql``).toBe('')
})

test('defineSystem() takes the short form of a partition, and leaves it out where there is none', () => {
  expect(defineSystem({ ...sampleInput(), partitionBy: 'origin' }).partition).toEqual({
    by: 'origin',
    minRows: 200,
    maxSegments: 1000,
  })
  expect('partition' in defineSystem(sampleInput())).toBe(false)
  const both = { ...sampleInput(), partitionBy: 'origin', partition: { by: 'origin' } }
  expect(() => defineSystem(both)).toThrow("partitionBy is not known; expected 'partition'")
})
