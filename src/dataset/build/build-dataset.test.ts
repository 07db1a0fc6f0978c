import { rm } from 'node:fs/promises'
import { numbersOf, stringsOf } from '#platform'
import type { SystemInput } from '#system'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestWorkspace, relationOf, testSystem, type TestWorkspace } from '../fixtures/test-workspace.ts'
import { readExamples } from '../reading/read-examples.ts'
import type { Dataset } from '../schema.ts'
import { buildDataset } from './build-dataset.ts'

let opened: TestWorkspace

beforeAll(async () => {
  opened = await openTestWorkspace()
})
afterAll(() => opened.close())

type Framing = SystemInput['framing']
type Spec = SystemInput['dataset']

const columns = ['date timestamp', 'origin varchar', 'delay integer', 'distance double']
const rows = [
  ['2001-01-03', 'ATL', 40, 300],
  ['2001-01-01', 'ORD', 0, 500.5],
  ['2001-01-02', 'ATL', 20, null],
  ['2001-01-02', null, 5, 100],
]
const flights = { events: relationOf(columns, rows) }

const build = (
  framing: Partial<Framing> = {},
  dataset: Partial<Spec> = {},
  sources: Readonly<Record<string, string>> = flights,
): Promise<Dataset> =>
  buildDataset(opened.workspace, {
    system: testSystem(
      { task: 'binary', target: 'late', time: 'date', ...framing },
      { sql: 'select *, delay > 15 as late from events', ...dataset },
    ),
    sources,
  })

describe('buildDataset()', () => {
  test('says what it made', async () => {
    const dataset = await build({ entity: ['origin'], outcomeAfter: '1d' })
    expect(dataset).toMatchObject({
      system: 'sample',
      rows: 4,
      task: 'binary',
      target: 'late',
      classes: ['false', 'true'],
      time: 'date',
      entity: ['origin'],
      weight: null,
      outcomeAfterMs: 86_400_000,
      timeRange: { fromMs: Date.parse('2001-01-01'), toMs: Date.parse('2001-01-03') + 1 },
      missingTargets: 0,
      inputs: [
        { name: 'origin', type: 'categorical' },
        { name: 'delay', type: 'numeric' },
        { name: 'distance', type: 'numeric' },
      ],
      sources: [
        {
          name: 'events',
          columns: [
            { name: 'date', type: 'TIMESTAMP' },
            { name: 'origin', type: 'VARCHAR' },
            { name: 'delay', type: 'INTEGER' },
            { name: 'distance', type: 'DOUBLE' },
          ],
        },
      ],
    })
  })

  test('orders rows by time, and rows of one moment as the source does', async () => {
    const { table, times, rowNumbers } = await readExamples(opened.workspace, await build())
    expect([...(times ?? [])].map((time) => new Date(time).getUTCDate())).toEqual([1, 2, 2, 3])
    expect(stringsOf(table, 'origin')).toEqual(['ORD', 'ATL', null, 'ATL'])
    expect([...numbersOf(table, 'distance')]).toEqual([500.5, NaN, 100, 300])
    expect([...rowNumbers]).toEqual([0, 1, 2, 3])
  })

  test('answers the same question with the same dataset, without building again', async () => {
    const first = await build()
    opened.clock.advanceTo(opened.clock.now() + 1000)
    expect(await build()).toEqual(first)
  })

  test.each<[string, Partial<Framing>, Partial<Spec>, Readonly<Record<string, string>>]>([
    ['another SQL', {}, { sql: 'select *, delay > 16 as late from events' }, flights],
    ['other inputs', {}, { inputs: ['delay'] }, flights],
    ['another delay of outcomes', { outcomeAfter: '2d' }, {}, flights],
    ['other rows', {}, {}, { events: relationOf(columns, [...rows, ['2001-01-04', 'ATL', 1, 1]]) }],
  ])('takes %s for another question', async (_, framing, dataset, sources) => {
    const [first, other] = [await build(), await build(framing, dataset, sources)]
    expect(other.id).not.toBe(first.id)
    expect(other.hash).not.toBe(first.hash)
  })

  test('builds again where the bytes are gone', async () => {
    const first = await build({}, { inputs: ['distance'] })
    await rm(opened.workspace.blobs.pathOf(first.digest))
    const again = await build({}, { inputs: ['distance'] })
    expect(again).toMatchObject({ hash: first.hash, digest: first.digest })
    expect((await readExamples(opened.workspace, again)).table.rowCount).toBe(4)
  })

  test('gives two stores with the same snapshot the same hash and the same bytes, on any number of threads', async () => {
    const built = await Promise.all(
      [1, 2].map(async (threads) => {
        const store = await openTestWorkspace({ threads })
        const file = store.workspace.blobs.scratchPath('parquet')
        await store.workspace.lake.run(
          `copy (select timestamp '2001-01-01' + interval (i // 7) minute as date, 'p' || i % 50 as place, i % 3 = 0 as late
           from range(60000) t(i)) to '${file}' (format parquet, row_group_size 4096)`,
        )
        const snapshot = store.workspace.blobs.pathOf(await store.workspace.blobs.adopt(file))
        const system = testSystem(
          { task: 'binary', target: 'late', time: 'date', outcomeAfter: '1h' },
          {
            sql: 'select place, date, late, count(*) as n from events group by all',
            history: [{ name: 'h', of: 'late', by: ['place'], over: ['1d'] }],
          },
        )
        const dataset = await buildDataset(store.workspace, {
          system,
          sources: { events: `read_parquet(['${snapshot}'])` },
        })
        await store.close()
        return dataset
      }),
    )
    expect(built[1]?.hash).toBe(built[0]?.hash)
    expect(built[1]?.digest).toBe(built[0]?.digest)
    expect(built[1]?.history).toEqual(built[0]?.history)
  })

  test('keeps one dataset where two are built at once', async () => {
    const both = await Promise.all([build({ outcomeAfter: '3d' }), build({ outcomeAfter: '3d' })])
    expect(both[0]).toEqual(both[1])
  })

  test('leaves rows without a moment out, and says so', async () => {
    const more = [[null, 'ATL', 99, 1], ...rows, [null, 'ORD', 1, 1]]
    const history = [{ name: 'h', of: 'delay', by: ['origin'], over: ['3d' as const], aggregate: 'sum' as const }]
    const dataset = await build({}, { history }, { events: relationOf(columns, more) })
    expect(dataset.rows).toBe(4)
    expect(dataset.warnings).toContain("2 rows have no 'date' and were left out")
    const { table } = await readExamples(opened.workspace, dataset)
    expect(stringsOf(table, 'origin')).toEqual(['ORD', 'ATL', null, 'ATL'])
    expect([...numbersOf(table, 'h_3d')]).toEqual([NaN, NaN, NaN, 20])
  })

  test.each<[Partial<Framing>, string, readonly string[]]>([
    [{}, 'delay > 15', ['false', 'true']],
    [{ positive: 'false' }, 'delay > 15', ['true', 'false']],
    [{}, 'cast(delay > 15 as double)', ['0', '1']],
    [{ positive: 'late' }, "if(delay > 15, 'late', 'on time')", ['on time', 'late']],
    [{ task: 'multiclass' }, "if(delay > 15, 'late', 'Early')", ['Early', 'late']],
    [{ task: 'multiclass' }, 'delay', ['0', '20', '40', '5']],
    [{ task: 'regression' }, 'delay', []],
  ])('with %j the classes of %s are %j', async (framing, target, classes) => {
    expect((await build(framing, { sql: `select date, distance, ${target} as late from events` })).classes).toEqual(
      classes,
    )
  })

  test.each<[string, string, Partial<Framing>, Partial<Spec>]>([
    [
      'badSql',
      'Referenced column "dealy" not found in FROM clause; did you mean \'delay\'?\n\n  select dealy from events\n         ^',
      {},
      { sql: 'select dealy from events' },
    ],
    ['badSql', 'Scalar Function with name horu does not exist', {}, { sql: 'select horu(date) as late from events' }],
    ['unknownTable', "there is no source 'evnets'; did you mean 'events'?", {}, { sql: 'select * from evnets' }],
    ['duplicateColumn', "two columns are named 'date'", {}, { sql: 'select *, date from events' }],
    [
      'sqlFailed',
      "Could not convert string 'ATL' to INT32 when casting from source column origin\n\n  select date, cast(origin as integer) as n, true as late from events\n               ^",
      {},
      { sql: 'select date, cast(origin as integer) as n, true as late from events' },
    ],
    ['emptyDataset', 'the SQL gives no row', {}, { sql: 'select *, true as late from events where delay > 99' }],
    [
      'emptyDataset',
      "the time 'date' is null in all 4 rows",
      {},
      { sql: 'select null::timestamp as date, origin, true as late from events' },
    ],
    ['noTarget', "the target 'late' is null in all 4 rows", {}, { sql: 'select *, null::boolean as late from events' }],
    ['oneClass', "the target 'late' is 'true' in every row", {}, { sql: 'select *, true as late from events' }],
    ['badClasses', "the target 'late' has 4 values: 0, 5, 20, 40", {}, { sql: 'select *, delay as late from events' }],
    [
      'badClasses',
      'nothing says which is the positive class',
      {},
      { sql: "select *, if(delay > 15, 'yes', 'no') as late from events" },
    ],
    [
      'badClasses',
      "framing.positive is 'yse', which the target 'late' never is; did you mean 'yes'?",
      { positive: 'yse' },
      { sql: "select *, if(delay > 15, 'yes', 'no') as late from events" },
    ],
    [
      'badWeight',
      "the weight 'w' is null or below 0 in 2 rows",
      {},
      { weight: 'w', sql: 'select *, delay > 15 as late, delay - 10 as w from events where delay <> 20' },
    ],
  ])('fails with %s: %s', async (code, message, framing, dataset) => {
    const failure = await build(framing, dataset).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: `dataset/${code}`, message: expect.stringContaining(message) })
  })

  test('fails with unreadableSource where the file of a source is not there', async () => {
    const failure = await build({}, {}, { events: "read_parquet('nowhere.parquet')" }).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'dataset/unreadableSource',
      message: expect.stringMatching(
        /^Cannot build the dataset of 'sample': source 'events' cannot be read: .*nowhere\.parquet/,
      ),
    })
  })
})

describe('the warnings of a dataset', () => {
  const many = {
    events: `(select timestamp '2001-01-01' + interval (i) minute as date, (i * 7919) % 100 as delay,
      'id' || i as ticket, 'place ' || (i % 10) as place, null::integer as nothing from range(1000) t(i))`,
  }
  const warnings = async (dataset: Partial<Spec>, framing: Partial<Framing> = {}): Promise<string> =>
    (await build(framing, dataset, many)).warnings.join('\n')

  test('are none where nothing looks wrong', async () => {
    expect(await warnings({ sql: 'select date, place, delay > 60 as late from events' })).toBe('')
  })

  test.each<[string, string, string, Partial<Framing>]>([
    [
      'an input that the target is made of',
      "Input 'delay' alone tells",
      'select date, delay, delay > 60 as late from events',
      {},
    ],
    [
      'a text input that is the target',
      "Input 'word' alone tells 100.0 %",
      "select date, if(delay > 60, 'x', 'y') as word, delay > 60 as late from events",
      {},
    ],
    [
      'a number that is the target in another unit',
      "Input 'hours' alone tells 100.0 %",
      'select date, delay / 60 as hours, delay as late from events',
      { task: 'regression' },
    ],
    [
      'an input named like the target',
      "Input 'late_minutes' is named like the target 'late'",
      'select date, hash(ticket) % 7 as late_minutes, delay > 60 as late from events',
      {},
    ],
    [
      'an identifier',
      "Input 'ticket' looks like an identifier: 100 %",
      'select date, ticket, delay > 60 as late from events',
      {},
    ],
    [
      'an empty input',
      "Input 'nothing' is null in every row",
      'select date, place, nothing, delay > 60 as late from events',
      {},
    ],
    [
      'repeated rows',
      '90.0 % of the rows repeat another row',
      'select date, place, delay > 60 as late from (from events limit 100), range(10)',
      {},
    ],
    [
      'functions that give another value each time',
      'The SQL calls random()',
      'select date, place, random() as r, delay > 60 as late from events',
      {},
    ],
  ])('name %s', async (_, warning, sql, framing) => {
    expect(await warnings({ sql }, framing)).toContain(warning)
  })
})
