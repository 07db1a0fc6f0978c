import { expect, test } from 'vitest'
import { checkOf, nowMs, openCheckedFolder, type CheckInput } from './fixtures/checked-folder.ts'
import { runChecks } from './run-checks.ts'

const trips = `(select * from (values
  (1, 5.0::double, 'card', true, timestamp '2020-12-30', 'a'),
  (2, -1.0, 'cash', false, timestamp '2020-12-31', 'b'),
  (3, 'nan'::double, null, null, null, 'c'),
  (4, null, 'coin', true, timestamp '2021-01-02', 'c'),
  (5, 100.0, 'card', true, timestamp '2020-12-31 12:00:00', null)
) as t(id, fare, payment, open, "at", code))`

interface Case {
  readonly reason: string
  readonly check: CheckInput
  readonly rows: number
  readonly failed: number
  readonly passed?: boolean
  readonly ids?: readonly number[]
}
const cases: readonly Case[] = [
  { reason: 'null and NaN are missing', check: { kind: 'not-null', column: 'fare' }, rows: 5, failed: 2, ids: [3, 4] },
  { reason: 'text', check: { kind: 'not-null', column: 'payment' }, rows: 5, failed: 1, ids: [3] },
  {
    reason: 'missing values are within any range',
    check: { kind: 'between', column: 'fare', min: 0, max: 50 },
    rows: 5,
    failed: 2,
    ids: [2, 5],
  },
  {
    reason: 'bounds count as inside',
    check: { kind: 'between', column: 'fare', min: -1, max: 100 },
    rows: 5,
    failed: 0,
  },
  { reason: 'one bound', check: { kind: 'between', column: 'fare', min: 0 }, rows: 5, failed: 1, ids: [2] },
  { reason: 'moments', check: { kind: 'between', column: 'at', max: '2020-12-31' }, rows: 5, failed: 2, ids: [4, 5] },
  {
    reason: 'texts',
    check: { kind: 'between', column: 'payment', min: 'card', max: 'cash' },
    rows: 5,
    failed: 1,
    ids: [4],
  },
  {
    reason: 'a set of texts',
    check: { kind: 'in-set', column: 'payment', values: ['card', 'cash'] },
    rows: 5,
    failed: 1,
    ids: [4],
  },
  {
    reason: 'a set of numbers',
    check: { kind: 'in-set', column: 'fare', values: [5, 100] },
    rows: 5,
    failed: 1,
    ids: [2],
  },
  {
    reason: 'a set of booleans',
    check: { kind: 'in-set', column: 'open', values: [true] },
    rows: 5,
    failed: 1,
    ids: [2],
  },
  {
    reason: 'a pattern anywhere',
    check: { kind: 'matches', column: 'payment', pattern: 'ca' },
    rows: 5,
    failed: 1,
    ids: [4],
  },
  {
    reason: 'a pattern on numbers',
    check: { kind: 'matches', column: 'id', pattern: '^[1-4]$' },
    rows: 5,
    failed: 1,
    ids: [5],
  },
  {
    reason: 'SQL that is null breaks nothing',
    check: { kind: 'sql', name: 'fare above id', condition: 'fare > id' },
    rows: 5,
    failed: 1,
    ids: [2],
  },
  {
    reason: 'where takes rows out',
    check: { kind: 'between', column: 'fare', max: 50, where: "payment = 'cash'" },
    rows: 1,
    failed: 0,
  },
  {
    reason: 'where that is null takes rows out',
    check: { kind: 'not-null', column: 'fare', where: "payment <> 'cash'" },
    rows: 3,
    failed: 1,
    ids: [4],
  },
  {
    reason: 'mostly forgives',
    check: { kind: 'not-null', column: 'fare', mostly: 0.6 },
    rows: 5,
    failed: 2,
    passed: true,
    ids: [3, 4],
  },
  {
    reason: 'mostly forgives no more',
    check: { kind: 'not-null', column: 'fare', mostly: 0.61 },
    rows: 5,
    failed: 2,
    passed: false,
    ids: [3, 4],
  },
]

test('runChecks() says of each check how many rows break it, and which', async () => {
  await using folder = await openCheckedFolder()
  const checks = cases.map(({ check }) => checkOf(check))
  const results = await runChecks(folder.workspace, { relation: trips, checks, nowMs })
  const found = results.map(({ rows, failed, passed, share, sample, problem }, place) => ({
    reason: cases[place]?.reason,
    rows,
    failed,
    passed,
    share,
    problem,
    ids: sample.map((row) => row['id']),
  }))
  expect(found).toEqual(
    cases.map(({ reason, rows, failed, passed = failed === 0, ids = [] }) => ({
      reason,
      rows,
      failed,
      passed,
      share: failed / rows,
      problem: null,
      ids,
    })),
  )
  expect(results[2]).toMatchObject({ name: 'fare between 0 and 50', severity: 'warn', observed: { min: -1, max: 100 } })
})

test('runChecks() counts the rows that repeat a key; keys with a null are distinct', async () => {
  await using folder = await openCheckedFolder()
  const relation = `(select * from (values (1, 'a'), (1, 'a'), (1, 'b'), (1, 'a'), (2, 'b'), (2, 'b'), (null, 'a'), (null, 'a')) as t(k, v))`
  const checks = [
    checkOf({ kind: 'unique', columns: ['k', 'v'] }),
    checkOf({ kind: 'unique', columns: ['k'], where: "v = 'b'", mostly: 0.5 }),
    checkOf({ kind: 'unique', columns: ['v', 'k'], where: 'k = 9' }),
  ]
  expect(await runChecks(folder.workspace, { relation, checks, nowMs })).toMatchObject([
    {
      name: 'k, v unique',
      passed: false,
      rows: 6,
      failed: 3,
      share: 0.5,
      observed: { repeatedKeys: 2 },
      sample: [
        { k: 1, v: 'a', copies: 3 },
        { k: 2, v: 'b', copies: 2 },
      ],
    },
    { passed: true, rows: 3, failed: 1, sample: [{ k: 2, copies: 2 }] },
    { passed: true, rows: 0, failed: 0, share: 0, sample: [] },
  ])
})

test('runChecks() judges freshness by the latest moment up to now, and the number of rows', async () => {
  await using folder = await openCheckedFolder()
  const checks = [
    checkOf({ kind: 'fresh', within: '12h' }),
    checkOf({ kind: 'fresh', column: 'at', within: '11h' }),
    checkOf({ kind: 'fresh', within: '1d', where: 'id = 1' }),
    checkOf({ kind: 'fresh', within: '9d', where: 'id = 4' }),
    checkOf({ kind: 'row-count', min: 5, max: 5 }),
    checkOf({ kind: 'row-count', min: 6 }),
    checkOf({ kind: 'row-count', max: 1, where: 'fare = 100' }),
  ]
  const results = await runChecks(folder.workspace, { relation: trips, checks, nowMs, time: 'at' })
  expect(results.map(({ passed }) => passed)).toEqual([true, false, false, false, true, false, true])
  expect(results[0]?.observed).toEqual({ latestMs: Date.parse('2020-12-31T12:00:00Z'), ageMs: 12 * 3_600_000 })
  expect(results[3]).toMatchObject({
    problem: 'no row has a moment up to now',
    observed: { latestMs: null, ageMs: null },
  })
  expect(results.slice(4).map(({ observed }) => observed)).toEqual([{ rows: 5 }, { rows: 5 }, { rows: 1 }])
})

test.each([
  {
    check: { kind: 'not-null', column: 'tip' },
    problem: "there is no column 'tip', only id, fare, payment, open, at, code",
  },
  {
    check: { kind: 'unique', columns: ['id', 'tip'] },
    problem: "there is no column 'tip', only id, fare, payment, open, at, code",
  },
  {
    check: { kind: 'between', column: 'payment', min: 1 },
    problem: "column 'payment' is VARCHAR, but the bounds are numbers",
  },
  {
    check: { kind: 'between', column: 'id', min: 'a' },
    problem: "column 'id' is INTEGER, but the bounds are text or moments",
  },
  { check: { kind: 'in-set', column: 'id', values: ['a'] }, problem: "column 'id' is INTEGER, and the values are not" },
  { check: { kind: 'fresh', column: 'fare', within: '1d' }, problem: "column 'fare' is DOUBLE and holds no moments" },
] satisfies { check: CheckInput; problem: string }[])(
  'runChecks() fails a check that cannot be asked: $problem',
  async ({ check, problem }) => {
    await using folder = await openCheckedFolder()
    const checks = [checkOf(check), checkOf({ kind: 'row-count', min: 1 })]
    const [result, other] = await runChecks(folder.workspace, { relation: trips, checks, nowMs })
    expect(result).toMatchObject({ passed: false, problem, rows: 0, failed: 0 })
    expect(other?.passed).toBe(true)
  },
)

test.each([
  { check: { kind: 'sql', name: 'broken', condition: 'fare >' }, says: /^Cannot check 'broken': Parser Error/ },
  {
    check: { kind: 'sql', name: 'elsewhere', condition: 'fare > tip' },
    says: /^Cannot check 'elsewhere': Binder Error: Referenced column "tip" not found/,
  },
  {
    check: { kind: 'sql', name: 'other table', condition: 'id in (select id from rides)' },
    says: /^Cannot check 'other table': Catalog Error: Table with name rides does not exist/,
  },
  {
    check: { kind: 'matches', column: 'payment', pattern: '(' },
    says: /^Cannot check 'payment matches \(': Invalid Input Error/,
  },
  {
    check: { kind: 'not-null', column: 'id', where: 'tip = 1' },
    says: /^Cannot check 'id not null, for rows where tip = 1': Binder Error/,
  },
  {
    check: { kind: 'unique', columns: ['id'], where: 'tip = 1' },
    says: /^Cannot check 'id unique, for rows where tip = 1'/,
  },
  { check: { kind: 'between', column: 'fare' }, says: /has neither min nor max$/ },
  { check: { kind: 'between', column: 'fare', min: 1, max: 'x' }, says: /its bounds are of two types$/ },
  { check: { kind: 'between', column: 'at', min: 'soon' }, says: /'soon' is no moment$/ },
  { check: { kind: 'fresh', within: '1d' }, says: /neither it nor the source names a time column$/ },
] satisfies { check: CheckInput; says: RegExp }[])(
  'runChecks() refuses a check that no data could pass: $says',
  async ({ check, says }) => {
    await using folder = await openCheckedFolder()
    const checks = [checkOf({ kind: 'row-count', min: 1 }), checkOf(check)]
    await expect(runChecks(folder.workspace, { relation: trips, checks, nowMs })).rejects.toMatchObject({
      code: 'quality/badCheck',
      message: expect.stringMatching(says) as string,
    })
  },
)

test('runChecks() asks nothing of no checks, and finds no fault in no rows', async () => {
  await using folder = await openCheckedFolder()
  expect(await runChecks(folder.workspace, { relation: trips, checks: [], nowMs })).toEqual([])
  const checks = [checkOf({ kind: 'not-null', column: 'id' }), checkOf({ kind: 'unique', columns: ['id'] })]
  const results = await runChecks(folder.workspace, { relation: `(from ${trips} where false)`, checks, nowMs })
  expect(results).toMatchObject([
    { passed: true, rows: 0, share: 0 },
    { passed: true, rows: 0, share: 0 },
  ])
})
