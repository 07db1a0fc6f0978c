import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestWorkspace, type TestWorkspace } from '../fixtures/test-workspace.ts'
import { parseSelect } from './parse-select.ts'
import { rowWise, type RowWise } from './row-wise.ts'
import { sqlFunctions, type SqlFunctions } from './sql-functions.ts'
import type { Syntax } from './syntax.ts'

let opened: TestWorkspace
let functions: SqlFunctions

beforeAll(async () => {
  opened = await openTestWorkspace()
  functions = await sqlFunctions(opened.workspace.lake)
})
afterAll(() => opened.close())

const columns = ['date', 'delay', 'distance', 'origin', 'destination'].map((name) => ({ name, type: 'VARCHAR' }))

async function read(sql: string): Promise<RowWise | null> {
  const sources = [{ name: 'flights', columns }]
  const { statement } = await parseSelect(opened.workspace.lake, { attempt: 'Cannot', sql, sources: ['flights'] })
  return rowWise(statement['node'] as Syntax, { sources, functions })
}

test.each([
  ['select origin from flights', { origin: ['origin'] }],
  ["select f.origin || '-' || destination as route from flights f", { route: ['origin', 'destination'] }],
  ['select hour(date) as h, h * 2 as twice from flights', { h: ['date'], twice: ['date'] }],
  ['select 1 as one from flights where delay > 0 order by date limit 3', { one: [] }],
  [
    'select * exclude (date, delay, distance) replace (upper(origin) as origin) rename (destination as d) from flights',
    { origin: ['origin'], d: ['destination'] },
  ],
  [
    'with a as (select *, hour(date) as h from flights), b as (select h, delay as d from a) select * from b',
    { h: ['date'], d: ['delay'] },
  ],
  ['select u.y from (select date, delay from flights) u(x, y)', { y: ['delay'] }],
  ['select list_transform([1, delay], lambda x: x + distance)[1] as v from flights', { v: ['delay', 'distance'] }],
  [
    'select case when delay > 15 then origin end as v, cast(date as text) as w from flights',
    { v: ['delay', 'origin'], w: ['date'] },
  ],
  ['select origin, sum(delay) over (partition by origin) as s from flights', { origin: ['origin'], s: null }],
  ['select origin, (select 1) as one from flights', { origin: ['origin'], one: null }],
  ['select "hour(date)" as h from (select hour(date) from flights)', { h: null }],
  ['select distance, #1 as same from flights', { distance: ['distance'], same: null }],
])('rowWise(%s) follows each column to the source', async (sql, expected) => {
  const found = await read(sql)
  expect(Object.fromEntries((found?.outputs ?? []).map(({ name, from }) => [name, from && [...from]]))).toEqual(
    expected,
  )
  expect(found?.source).toBe('flights')
})

test.each([
  ['select sum(delay) as s from flights', 'one row of many'],
  ['select origin, wavg(delay, distance) as s from flights group by origin', 'grouped'],
  ['select unnest([delay, distance]) as s from flights', 'many rows of one'],
  ['select a.origin from flights a join flights b using (date)', 'joined'],
  ['select origin from flights union all select destination from flights', 'united'],
  ['select columns(*) from flights', 'a form that is not followed'],
  ['select * from (values (1)) v(a)', 'no source'],
  ['with a as (select max(delay) as m from flights) select m from a', 'one row of many in a step'],
])('rowWise(%s) is null: %s', async (sql) => {
  expect(await read(sql)).toBeNull()
})

test('rowWise() tells which columns the condition reads', async () => {
  expect(await read('select origin from flights where delay is not null and distance > 0')).toMatchObject({
    condition: new Set(['delay', 'distance']),
  })
  expect(await read('select origin from flights where delay > (select avg(delay) from flights)')).toMatchObject({
    condition: null,
  })
})
