import { cellOf, type Table } from '#platform'
import type { SystemInput } from '#system'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildDataset } from '../build/build-dataset.ts'
import { openTestWorkspace, relationOf, testSystem, type TestWorkspace } from '../fixtures/test-workspace.ts'
import type { Dataset } from '../schema.ts'
import { openRequestPlan, prepareRequest, requestFields, type RequestRow } from './request-plan.ts'

let opened: TestWorkspace

const day = 86_400_000
const start = Date.parse('2001-01-01')
const columns = ['date timestamp', 'origin varchar', 'gate integer', 'distance bigint', 'vip boolean', 'delay integer']
const rows = Array.from({ length: 40 }, (_, at) => [
  new Date(start + (at * day) / 4).toISOString().slice(0, -1),
  at % 2 === 0 ? 'ATL' : 'ORD',
  at % 3,
  at * 10,
  at % 5 === 0,
  at % 4 === 0 ? 30 : 5,
])
const sql = `with base as (select *, hour(date) as hour from events where delay is not null)
  select date, origin, gate, hour, origin || ':' || gate as stand, distance / 10 as tens, vip, delay > 15 as late
  from base where distance >= 0 order by date`
const history = [
  { name: 'late_at', of: 'late', by: ['origin'], over: ['1d' as const, '3d' as const] },
  { name: 'seen_at', of: 'late', by: ['stand', 'vip'], over: ['2d' as const], aggregate: 'count' as const },
]
const good: RequestRow = { date: '2001-01-05T08:30:00Z', origin: 'ATL', gate: 1, distance: 70, vip: true }

beforeAll(async () => {
  opened = await openTestWorkspace()
})
afterAll(() => opened.close())

function build(
  dataset: Partial<SystemInput['dataset']> = {},
  more: readonly (readonly unknown[])[] = [],
): Promise<Dataset> {
  return buildDataset(opened.workspace, {
    system: testSystem(
      { task: 'binary', target: 'late', time: 'date', outcomeAfter: '12h', entity: ['origin'] },
      { sql, history, ...dataset },
    ),
    sources: { events: relationOf(columns, [...rows, ...more]) },
  })
}

const rowAt = ({ columns }: Table, row: number): Record<string, unknown> =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, cellOf(column, row)]))

describe('requestFields()', () => {
  test('requires the source columns that inputs, time and entity are made from, and no others', async () => {
    const fields = await requestFields(opened.workspace, await build())
    expect(fields.filter((field) => field.required)).toEqual([
      { name: 'date', type: 'timestamp', required: true },
      { name: 'origin', type: 'categorical', required: true },
      { name: 'gate', type: 'numeric', required: true },
      { name: 'distance', type: 'numeric', required: true },
      { name: 'vip', type: 'boolean', required: true },
    ])
    expect(fields.filter((field) => !field.required).map((field) => field.name)).toEqual(
      expect.arrayContaining(['delay', 'hour', 'stand', 'tens', 'late_at_1d']),
    )
  })

  test.each([
    ['joins', 'select a.date, a.origin, b.gate, a.delay > 15 as late from events a join events b using (date)'],
    ['aggregates', 'select date, origin, max(gate) as gate, bool_or(delay > 15) as late from events group by all'],
    [
      'looks at other rows',
      'select date, origin, lag(gate) over (order by date) as gate, delay > 15 as late from (select * from events)',
    ],
  ])('requires the inputs themselves where the SQL %s', async (_, query) => {
    const dataset = await build({ sql: query, history: [] })
    const required = (await requestFields(opened.workspace, dataset)).filter((field) => field.required)
    expect(required.map((field) => field.name)).toEqual(expect.arrayContaining(['gate']))
    const { table } = await prepareRequest(opened.workspace, dataset, {
      rows: [{ date: '2001-01-05', origin: 'ATL', gate: 2 }],
    })
    expect(rowAt(table, 0)).toEqual({ date: Date.parse('2001-01-05'), origin: 'ATL', gate: 2 })
  })

  test('asks for no column of a target that is made of other rows', async () => {
    const query = 'select date, origin, lead(delay) over (order by date) > 15 as late from events'
    const fields = await requestFields(opened.workspace, await build({ sql: query, history: [] }))
    expect(fields.filter((field) => field.required).map((field) => field.name)).toEqual(['date', 'origin'])
  })
})

describe('RequestPlan', () => {
  test('makes the inputs by the SQL of the dataset and looks the histories up', async () => {
    const plan = await openRequestPlan(opened.workspace, await build())
    const { table, notes } = await plan.prepare([good])
    plan.close()
    expect(rowAt(table, 0)).toEqual({
      date: Date.parse('2001-01-05T08:30:00Z'),
      origin: 'ATL',
      gate: 1,
      hour: 8,
      stand: 'ATL:1',
      tens: 7,
      vip: 1,
      late_at_1d: 0.5,
      late_at_3d: 0.5,
      seen_at_2d: 1,
    })
    expect(notes).toEqual([])
  })

  test('makes of every row of the dataset what the dataset holds', async () => {
    const dataset = await build()
    const plan = await openRequestPlan(opened.workspace, dataset)
    const given = rows.map((row) =>
      Object.fromEntries(columns.slice(0, 5).map((column, place) => [column.split(' ')[0], row[place]])),
    )
    const { table } = await plan.prepare(given as RequestRow[])
    plan.close()
    const batch = await opened.workspace.lake.table(
      `select epoch_ms(date) as date, * exclude (date, late) from read_parquet('${opened.workspace.blobs.pathOf(dataset.digest)}')`,
    )
    for (let row = 0; row < rows.length; row++) expect(rowAt(table, row)).toEqual(rowAt(batch, row))
  })

  test('uses nothing that was learned after the moment of the request', async () => {
    const dataset = await build()
    const asOfMs = Date.parse('2001-01-03T10:00:00Z')
    const later = { ...good, date: '2001-01-09T10:00:00Z' }
    const now = { ...good, date: '2001-01-03T10:00:00Z' }
    const { table } = await prepareRequest(opened.workspace, dataset, { rows: [later, now], asOfMs })
    const { late_at_1d, late_at_3d, seen_at_2d } = rowAt(table, 1)
    expect(rowAt(table, 0)).toMatchObject({ late_at_1d, late_at_3d, seen_at_2d })
  })

  test('takes the newest values where none are as new as the request, and says so', async () => {
    const row = { ...good, date: '2001-02-01T00:00:00Z' }
    const { table, notes } = await prepareRequest(opened.workspace, await build(), { rows: [row] })
    expect(rowAt(table, 0)).toMatchObject({ late_at_1d: 0.5, late_at_3d: 0.5 })
    expect(notes).toContain("The newest values of 'late_at' are of 2001-01-11T00:00:00Z, up to 21 days before row 0")
  })

  test('gives an entity that was never seen no history, and says so', async () => {
    const rows = [good, { ...good, origin: 'XXX' }, { ...good, origin: null }]
    const { table, notes } = await prepareRequest(opened.workspace, await build(), { rows })
    for (const row of [1, 2])
      expect(rowAt(table, row)).toMatchObject({ late_at_1d: null, late_at_3d: null, seen_at_2d: 0 })
    expect(notes).toContain("'late_at' knows nothing of the origin of rows 1, 2")
  })

  test('tells of rows that the condition of the dataset leaves out, and answers them', async () => {
    const query = 'select date, origin, distance, delay > 15 as late from events where distance >= 0'
    const dataset = await build({ sql: query, history: [] })
    const rows = [{ ...good, distance: -5 }, good, { ...good, distance: -1 }].map(({ date, origin, distance }) => ({
      date,
      origin,
      distance,
    }))
    const { table, notes } = await prepareRequest(opened.workspace, dataset, { rows })
    expect(table.rowCount).toBe(3)
    expect(notes).toEqual([
      'The WHERE of the dataset leaves out rows like rows 0, 2: nothing like them was learned from',
    ])
  })

  test('takes columns of the dataset that the request gives as they are', async () => {
    const { table } = await prepareRequest(opened.workspace, await build(), {
      rows: [{ ...good, hour: 23, tens: 1.5, late_at_1d: 0.25, distance: null }],
    })
    expect(rowAt(table, 0)).toMatchObject({ hour: 23, tens: 1.5, late_at_1d: 0.25, late_at_3d: 0.5, origin: 'ATL' })
    const { distance: _, ...without } = good
    const direct = await prepareRequest(opened.workspace, await build(), { rows: [{ ...without, tens: 4 }] })
    expect(rowAt(direct.table, 0)).toMatchObject({ tens: 4 })
  })

  test('reads null as missing', async () => {
    const { table } = await prepareRequest(opened.workspace, await build(), {
      rows: [{ date: null, origin: null, gate: null, distance: null, vip: null }],
      asOfMs: start + 5 * day,
    })
    expect(rowAt(table, 0)).toMatchObject({
      date: null,
      origin: null,
      gate: null,
      hour: null,
      stand: null,
      tens: null,
      vip: null,
    })
  })

  test('answers many requests at once, each in its own order', async () => {
    const plan = await openRequestPlan(opened.workspace, await build())
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, gate) =>
        plan.prepare([
          { ...good, gate },
          { ...good, gate: gate + 100 },
        ]),
      ),
    )
    plan.close()
    expect(answers.map(({ table }) => [rowAt(table, 0)['stand'], rowAt(table, 1)['stand']])).toEqual(
      Array.from({ length: 40 }, (_, gate) => [`ATL:${gate}`, `ATL:${gate + 100}`]),
    )
  })

  test('answers from a newer dataset after refresh()', async () => {
    const plan = await openRequestPlan(opened.workspace, await build())
    const row = { ...good, date: '2001-02-01T12:00:00Z' }
    const before = await plan.prepare([row])
    await plan.refresh(
      await build({}, [
        ['2001-01-31 01:00:00', 'ATL', 1, 70, false, 60],
        ['2001-01-31 12:00:00', 'ORD', 1, 70, false, 0],
      ]),
    )
    const after = await plan.prepare([row])
    plan.close()
    expect(rowAt(before.table, 0)).toMatchObject({ late_at_1d: 0.5 })
    expect(rowAt(after.table, 0)).toMatchObject({ late_at_1d: 1 })
  })

  test('refuses rows after it was closed', async () => {
    const plan = await openRequestPlan(opened.workspace, await build())
    plan.close()
    await expect(plan.prepare([good])).rejects.toMatchObject({ code: 'dataset/closedPlan' })
  })

  const without = (name: string): RequestRow => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))

  test.each<[string, string, readonly RequestRow[], object]>([
    ['noRequest', 'the request has no row', [], {}],
    [
      'unknownField',
      "row 1: there is no column 'orgin'; did you mean 'origin'?",
      [good, { ...good, orgin: 'X' }],
      { row: 1, column: 'orgin' },
    ],
    [
      'missingField',
      "row 1: it has no 'gate', expected a number or null",
      [good, without('gate')],
      { row: 1, column: 'gate', expected: 'numeric' },
    ],
    [
      'missingField',
      "row 0: it has no 'date', expected a moment such as",
      [without('date')],
      { row: 0, column: 'date' },
    ],
    ['missingField', "row 0: it has no 'distance'", [without('distance')], { row: 0, column: 'distance' }],
    [
      'wrongFieldType',
      'row 0: \'gate\' is "one", expected a whole number or null',
      [{ ...good, gate: 'one' }],
      { row: 0, column: 'gate', expected: 'numeric' },
    ],
    ['wrongFieldType', "row 0: 'gate' is 1.5, expected a whole number", [{ ...good, gate: 1.5 }], { column: 'gate' }],
    ['wrongFieldType', "row 0: 'origin' is 7, expected text", [{ ...good, origin: 7 }], { column: 'origin' }],
    ['wrongFieldType', 'row 0: \'vip\' is "yes", expected true or false', [{ ...good, vip: 'yes' }], { column: 'vip' }],
    [
      'wrongFieldType',
      'row 0: \'date\' is "2001-02-30", expected a moment',
      [{ ...good, date: '2001-02-30' }],
      { column: 'date' },
    ],
    [
      'wrongFieldType',
      "row 0: 'distance' is [1], expected a whole number",
      [{ ...good, distance: [1] }],
      { column: 'distance' },
    ],
    ['wrongFieldType', 'row 0: it is [1], expected an object', [[1] as unknown as RequestRow], { row: 0 }],
  ])('refuses with %s: %s', async (code, message, given, details) => {
    const failure = await prepareRequest(opened.workspace, await build(), { rows: given }).catch(
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ code: `dataset/${code}`, message: expect.stringContaining(message), details })
  })

  test('names the row that the SQL stops at', async () => {
    const query = 'select date, cast(origin as integer) as origin, delay > 15 as late from events'
    const dataset = await buildDataset(opened.workspace, {
      system: testSystem({ task: 'binary', target: 'late', time: 'date' }, { sql: query }),
      sources: {
        events: relationOf(
          columns,
          rows.map((row) => row.with(1, '5')),
        ),
      },
    })
    const bad = prepareRequest(opened.workspace, dataset, {
      rows: ['1', '2', 'x'].map((origin) => ({ date: null, origin })),
    })
    await expect(bad).rejects.toMatchObject({
      code: 'dataset/requestFailed',
      message: expect.stringMatching(/^Cannot predict row 2: .*Could not convert string 'x'/),
      details: { row: 2 },
    })
  })
})
