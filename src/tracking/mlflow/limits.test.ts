import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialectSql } from '#platform'
import { openTrackingCaller, type Fields, type TrackingCaller } from '../fixtures/tracking-caller.ts'

let caller: TrackingCaller
let run: string
beforeAll(async () => {
  caller = await openTrackingCaller()
  run = await caller.startRun()
})
afterAll(() => caller.close())

const invalid = { status: 400, error_code: 'INVALID_PARAMETER_VALUE' }
const many = (count: number, what: string): object[] =>
  Array.from({ length: count }, (_, place) => ({ key: `${what}${place}`, value: '1', timestamp: 1 }))
const text = (length: number): string => 'n'.repeat(length)

/** How many rows each table holds. */
async function stored(): Promise<Readonly<Record<string, number>>> {
  const { database } = caller.workspace
  const counts: Record<string, number> = {}
  // Kysely's own list reads all schemas, and other tests drop theirs meanwhile.
  const names = sql<{ name: string }>`${dialectSql({
    sqlite: sql`select name from sqlite_master where type = 'table'`,
    postgres: sql`select tablename as name from pg_tables where schemaname = current_schema()`,
  })}`
  for (const { name } of (await names.execute(database)).rows) {
    const tables = database.withTables<Record<string, object>>()
    const query = tables.selectFrom(name).select(({ fn }) => fn.countAll<number>().as('rows'))
    counts[name] = (await query.executeTakeFirstOrThrow()).rows
  }
  return counts
}

/** What a request is answered, and whether it changed how much is stored. */
async function outcome(address: string, fields: Fields | string): Promise<object> {
  const before = await stored()
  const { status, error_code, message } = await caller.call(address, fields)
  const after = await stored()
  const isStored = Object.entries(before).some(([name, rows]) => after[name] !== rows)
  return { status, error_code, isStored, isShort: String(message).length <= 2001 }
}

/** Of what is refused in MLflow's shape and leaves nothing. */
const refused = { ...invalid, isStored: false, isShort: true }

const ofRun = (fields: Fields): Fields => ({ run_id: run, ...fields })
const dataset = (fields: Fields): Fields =>
  ofRun({ datasets: [{ dataset: { name: 'd', digest: '1', source_type: 'code', source: '{}', ...fields } }] })

describe('what is at a limit is stored, and what is one over is refused and leaves nothing', () => {
  test.each<[string, string, (size: number) => Fields, number]>([
    ['metrics of a batch', 'POST runs/log-batch', (size) => ofRun({ metrics: many(size, 'm') }), 1000],
    ['parameters of a batch', 'POST runs/log-batch', (size) => ofRun({ params: many(size, 'p') }), 100],
    ['tags of a batch', 'POST runs/log-batch', (size) => ofRun({ tags: many(size, 't') }), 100],
    [
      'all of a batch',
      'POST runs/log-batch',
      (size) => ofRun({ metrics: many(size - 100, 'a'), params: many(50, 'a'), tags: many(50, 'a') }),
      1000,
    ],
    ['the key of a metric', 'POST runs/log-metric', (size) => ofRun({ key: text(size), value: 1, timestamp: 1 }), 250],
    ['the key of a parameter', 'POST runs/log-parameter', (size) => ofRun({ key: text(size), value: '1' }), 250],
    ['the key of a tag', 'POST runs/set-tag', (size) => ofRun({ key: text(size), value: '1' }), 250],
    ['the name of an experiment', 'POST experiments/create', (size) => ({ name: text(size) }), 500],
    [
      'the place of an experiment',
      'POST experiments/create',
      (size) => ({ name: `at ${size}`, artifact_location: `s3://${text(size - 5)}` }),
      4000,
    ],
    [
      'the key of a tag of an experiment',
      'POST experiments/set-experiment-tag',
      (size) => ({ experiment_id: '0', key: text(size), value: '1' }),
      250,
    ],
    [
      'the value of a tag of an experiment',
      'POST experiments/set-experiment-tag',
      (size) => ({ experiment_id: '0', key: 'k', value: text(size) }),
      5000,
    ],
    ['the user of a run', 'POST runs/create', (size) => ({ experiment_id: '0', user_id: text(size) }), 256],
    ['the name of a dataset', 'POST runs/log-inputs', (size) => dataset({ name: text(size) }), 500],
    ['the digest of a dataset', 'POST runs/log-inputs', (size) => dataset({ digest: text(size) }), 36],
    ['the source of a dataset', 'POST runs/log-inputs', (size) => dataset({ digest: '2', source: text(size) }), 65_535],
    [
      'the schema of a dataset',
      'POST runs/log-inputs',
      (size) => dataset({ digest: '3', schema: text(size) }),
      1_048_575,
    ],
    ['the name of a logged model', 'POST logged-models', (size) => ({ experiment_id: '0', name: text(size) }), 500],
    [
      'the kind of a logged model',
      'POST logged-models',
      (size) => ({ experiment_id: '0', model_type: text(size) }),
      500,
    ],
    ['runs of a page', 'POST runs/search', (size) => ({ experiment_ids: ['0'], max_results: size }), 50_000],
    [
      'clauses of a filter of runs',
      'POST runs/search',
      (size) => ({ experiment_ids: ['0'], filter: clauses(size) }),
      50,
    ],
    [
      'clauses of a filter of experiments',
      'POST experiments/search',
      (size) => ({ max_results: 1, filter: clauses(size) }),
      50,
    ],
    [
      'clauses of a filter of logged models',
      'POST logged-models/search',
      (size) => ({ experiment_ids: ['0'], filter: clauses(size) }),
      50,
    ],
    [
      'terms of an order of runs',
      'POST runs/search',
      (size) => ({ experiment_ids: ['0'], order_by: Array.from({ length: size }, (_, place) => `metrics.m${place}`) }),
      50,
    ],
  ])('%s', async (_, address, fieldsOf, limit) => {
    expect(await outcome(address, fieldsOf(limit + 1))).toEqual(refused)
    expect(await caller.call(address, fieldsOf(limit))).toMatchObject({ status: 200 })
  })

  test.each([
    ['a parameter', 'runs/log-parameter', 'params', 6000],
    ['a tag', 'runs/set-tag', 'tags', 8000],
  ])('but the value of %s is cut to what is stored, as MLflow does', async (_, path, list, longest) => {
    expect(await caller.call(`POST ${path}`, ofRun({ key: 'long', value: text(longest + 1) }))).toEqual({ status: 200 })
    const found = (await caller.call(`GET runs/get?run_id=${run}`)) as unknown as {
      run: { data: Record<string, readonly { key: string; value: string }[]> }
    }
    expect(found.run.data[list]?.find(({ key }) => key === 'long')?.value).toBe(text(longest))
  })
})

const clauses = (count: number): string =>
  Array.from({ length: count }, (_, place) => `tags.t${place} = 'v'`).join(' and ')

describe('numbers', () => {
  test.each([
    ['a step beyond whole numbers', { key: 'k', value: 1, timestamp: 1, step: 2 ** 53 }],
    ['a step that is infinite', { key: 'k', value: 1, timestamp: 1, step: 'Infinity' }],
    ['a moment that is none', { key: 'k', value: 1, timestamp: 'NaN' }],
    ['no value', { key: 'k', value: null, timestamp: 1 }],
    ['a value that is true', { key: 'k', value: true, timestamp: 1 }],
    ['a value that is a list', { key: 'k', value: [1], timestamp: 1 }],
    ['a value in hexadecimal', { key: 'k', value: '0x10', timestamp: 1 }],
  ])('%s is refused, alone and in a batch', async (_, metric) => {
    expect(await outcome('POST runs/log-metric', ofRun(metric))).toEqual(refused)
    expect(
      await outcome('POST runs/log-batch', ofRun({ metrics: [{ key: 'good', value: 1, timestamp: 1 }, metric] })),
    ).toEqual(refused)
  })

  test('of every size come back as they are stored, infinite ones as the largest', async () => {
    const largest = Number.MAX_VALUE
    const values = ['NaN', 'Infinity', '-Infinity', '1e999', 5e-324, largest, -0.1, 2 ** 60]
    const metrics = values.map((value, step) => ({ key: 'extreme', value, timestamp: step - 3, step: -step }))
    expect(await caller.call('POST runs/log-batch', ofRun({ metrics }))).toEqual({ status: 200 })
    const { metrics: found } = (await caller.call(
      `GET metrics/get-history?run_id=${run}&metric_key=extreme`,
    )) as unknown as { metrics: readonly { value: unknown }[] }
    const expected = ['NaN', largest, -largest, largest, 5e-324, largest, -0.1, 2 ** 60]
    expect(found.map(({ value }) => value)).toEqual(expected)
  })
})

describe('names in any script', () => {
  const accented = ['é', 'e\u0301']
  test.each([...accented, 'עברית', '\u202Eabc', '😀', 'a\u200Bb', '日本語', ' '])(
    '%j is the name of an experiment as given',
    async (name) => {
      const { experiment_id } = await caller.call('POST experiments/create', { name: `${name}.` })
      const found = await caller.call(`GET experiments/get-by-name?experiment_name=${encodeURIComponent(`${name}.`)}`)
      expect(found).toMatchObject({ status: 200, experiment: { experiment_id, name: `${name}.` } })
    },
  )

  test.each(['é', 'עברית', '日本語', 'Straße'])('%j is a key', async (key) => {
    expect(await caller.call('POST runs/set-tag', ofRun({ key, value: key }))).toEqual({ status: 200 })
    const found = await caller.call('POST runs/search', { experiment_ids: ['0'], filter: `tags.\`${key}\` = '${key}'` })
    expect(found).toMatchObject({ runs: { length: 1 } })
  })

  test.each(['e\u0301', '\u202Eabc', '😀', 'a\u200Bb', 'a\nb', 'a;b', "a'b", '/a', 'a//b', 'a/../b', '.'])(
    '%j is no key',
    async (key) => {
      for (const path of ['runs/set-tag', 'runs/log-parameter'])
        expect(await outcome(`POST ${path}`, ofRun({ key, value: '1' }))).toEqual(refused)
      expect(await outcome('POST runs/log-metric', ofRun({ key, value: 1, timestamp: 1 }))).toEqual(refused)
    },
  )
})

describe('bodies', () => {
  const nested = (open: string, close: string): string => `${open.repeat(100_000)}1${close.repeat(100_000)}`
  test.each<[string, string, () => string]>([
    ['lists without end', 'runs/log-batch', () => `{"run_id":"${run}","metrics":${nested('[', ']')}}`],
    [
      'objects without end',
      'runs/log-metric',
      () => `{"run_id":"${run}","key":"k","timestamp":1,"value":${nested('{"a":', '}')}}`,
    ],
    ['a name without end', 'experiments/create', () => `{"name":${nested('[', ']')}}`],
    ['half a character in a name', 'experiments/create', () => String.raw`{"name":"a\ud800"}`],
    ['half a character in a value', 'runs/set-tag', () => String.raw`{"run_id":"${run}","key":"k","value":"\udfff"}`],
    ['NUL in a name', 'experiments/create', () => String.raw`{"name":"a\u0000b"}`],
    ['NUL in a value', 'runs/log-parameter', () => String.raw`{"run_id":"${run}","key":"k","value":"a\u0000"}`],
    ['NUL in a filter', 'runs/search', () => String.raw`{"experiment_ids":["0"],"filter":"tags.a = '\u0000'"}`],
    ['NUL in a list', 'runs/search', () => String.raw`{"experiment_ids":["\u0000"]}`],
    [
      'fields of what every object has',
      'runs/set-tag',
      () => `{"run_id":"${run}","__proto__":{"key":"k"},"value":"x"}`,
    ],
    ['numbers for texts', 'runs/set-tag', () => `{"run_id":"${run}","key":1,"value":2}`],
    ['an object for a list', 'runs/search', () => '{"experiment_ids":{"0":"0"}}'],
    [
      'a step out of the store',
      'experiments/create',
      () => '{"name":"out","artifact_location":"mlflow-artifacts:/../../etc"}',
    ],
  ])('with %s are refused', async (_, path, body) => {
    expect(await outcome(`POST ${path}`, body())).toEqual(refused)
  })

  test('with a key twice are read as JSON says: the last one counts', async () => {
    await caller.call('POST runs/set-tag', `{"run_id":"${run}","key":"first","key":"second","value":"x"}`)
    const search = (key: string) =>
      caller.call('POST runs/search', { experiment_ids: ['0'], filter: `tags.${key} = 'x'` })
    expect([await search('first'), await search('second')]).toMatchObject([{ status: 200 }, { runs: { length: 1 } }])
  })

  test('that add a model to a history that is none begin a new one', async () => {
    await caller.call('POST runs/set-tag', ofRun({ key: 'mlflow.log-model.history', value: 'no list' }))
    const model_json = JSON.stringify({ artifact_path: 'm', flavors: {}, utc_time_created: 'now', run_id: run })
    expect(await caller.call('POST runs/log-model', ofRun({ model_json }))).toEqual({ status: 200 })
  })
})

describe('filters', () => {
  test.each([
    ['a quote that ends the text', "tags.a = 'x' or 1=1 --'"],
    ['a comment', "tags.a = 'x' --"],
    ['a comment in the middle', "tags.a /* x */ = 'x'"],
    ['a union', "tags.a = 'x' union select 1"],
    ['a second statement', "tags.a = 'x'; drop table tracking_runs"],
    ['a query in the place of a value', 'tags.a = (select value from tracking_tags)'],
    ['an entity that is none', "sqlite_master.name = 'x'"],
    ['parentheses without end', '('.repeat(100_000)],
    ['quotes without end', `tags.a = '${"x'".repeat(100_000)}`],
    ['clauses without end', clauses(10_000)],
    ['a quote that nothing ends', "tags.a = 'x"],
  ])('with %s are refused', async (_, filter) => {
    expect(await outcome('POST runs/search', { experiment_ids: ['0'], filter })).toEqual(refused)
  })

  test.each([
    ['a text that looks like SQL', "' or 1=1 --"],
    ['a long text', 'x'.repeat(900_000)],
  ])('take %s for a text', async (_, value) => {
    const filter = `tags.a = '${value.replaceAll("'", "''")}'`
    expect(await caller.call('POST runs/search', { experiment_ids: ['0'], filter })).toEqual({ status: 200 })
  })

  test('take a list of 10,000 ids', async () => {
    const ids = Array.from({ length: 10_000 }, (_, place) => `'r${place}'`)
    const filter = `attributes.run_id in (${[...ids, `'${run}'`].join(', ')})`
    expect(await caller.call('POST runs/search', { experiment_ids: ['0'], filter })).toMatchObject({
      runs: { length: 1 },
    })
  })
})
