import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestWorkspace, type TestWorkspace } from '../fixtures/test-workspace.ts'
import { parseSelect } from './parse-select.ts'

let opened: TestWorkspace

beforeAll(async () => {
  opened = await openTestWorkspace()
})
afterAll(() => opened.close())

const parse = (sql: string) =>
  parseSelect(opened.workspace.lake, { attempt: 'Cannot build', sql, sources: ['flights', 'airports'] })

test.each([
  ['select * from flights', ['flights'], 'one source'],
  ['select * from Flights f join airports a on f.origin = a.code', ['flights', 'airports'], 'names fold'],
  ['with late as (select * from flights) select * from late', ['flights'], 'a step is not a source'],
  ['select * from flights, range(3)', ['flights'], 'rows made of arguments alone'],
  ['select 1 as one', [], 'none'],
])('parseSelect(%s) reads %j: %s', async (sql, reads) => {
  expect((await parse(sql)).reads).toEqual(reads)
})

test('parseSelect() leaves the closing semicolon and comments behind it out', async () => {
  const { sql } = await parse("select ';' as a from flights; -- all of them\n /* ; */ ")
  expect(sql).toBe("select ';' as a from flights")
})

test.each([
  [
    'select a,, from flights',
    'badSql',
    'line 1, column 10: syntax error at or near ","\n\n  select a,, from flights\n           ^',
  ],
  [
    "select 'é',\n  x x x from flights",
    'badSql',
    'line 2, column 7: syntax error at or near "x"\n\n    x x x from flights\n        ^',
  ],
  ['', 'notOneSelect', 'the SQL holds 0 statements'],
  ['select 1; select 2', 'notOneSelect', 'the SQL holds 2 statements'],
  ['delete from flights', 'notOneSelect', 'the SQL is not a SELECT statement'],
  [
    'select * from flihgts',
    'unknownTable',
    "there is no source 'flihgts'; did you mean 'flights'? Known: flights, airports",
  ],
  ["select * from 'flights.parquet'", 'unknownTable', "there is no source 'flights.parquet'"],
  ['select * from information_schema.tables', 'unknownTable', "there is no source 'information_schema.tables'"],
  ["select * from read_csv('x.csv')", 'readsFiles', "the SQL calls the table function 'read_csv'"],
  ['select (select max(n) from glob(1)) from flights', 'readsFiles', "'glob'"],
])('parseSelect(%s) fails with %s', async (sql, code, message) => {
  const failure = await parse(sql).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: `dataset/${code}`, message: expect.stringContaining(message) })
})
