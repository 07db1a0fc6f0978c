import fc from 'fast-check'
import { cellOf, type Lake, type Table } from '#platform'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queryOf, sourceRow, types } from '../fixtures/any-row.ts'
import { openTestWorkspace, type TestWorkspace } from '../fixtures/test-workspace.ts'
import { runRequest } from '../request/run-request.ts'
import { compileQuery } from './compile-query.ts'
import type { SourceRow, Value } from './value.ts'

let opened: TestWorkspace
let lake: Lake

beforeAll(async () => {
  opened = await openTestWorkspace()
  lake = opened.workspace.lake
})
afterAll(() => opened.close())

const cells = ({ columns }: Table, row: number): unknown[] =>
  Object.values(columns).map((column) => cellOf(column, row))

/** Holds compiled SQL against DuckDB on rows; gives how many rows it did not leave to DuckDB, or null for all SQL left. */
async function compare(sql: string, rows: readonly SourceRow[]): Promise<number | null> {
  const { query, made } = await queryOf(lake, sql)
  const compiled = compileQuery(query, made)
  if (!compiled) return null
  const answers = rows.flatMap((row) => {
    const table = compiled([row])
    return table ? [{ row, table }] : []
  })
  const given = await runRequest(
    lake,
    made,
    answers.map(({ row }) => row),
  )
  const together = compiled(answers.map(({ row }) => row))
  answers.forEach(({ row, table }, place) => {
    const told = { sql, row: JSON.stringify(row) }
    expect({ ...told, values: cells(table, 0) }).toEqual({ ...told, values: cells(given, place) })
    expect(together && cells(together, place)).toEqual(together && cells(given, place))
  })
  return answers.length
}

const expressions = [
  Object.keys(types),
  ['d + e', 'd - e', 'd * e', 'd / e', 'd * 1.5', 'i / 10', 'd + i', '2 * d - 0.1', 'i / j', 'd / 3'],
  ['i + 1', 'i - j', 's * 3', 'y + y', 'u - 1', 'i % 7', 'j * j', 'y + s', '-i', 'abs(i)', 'y - 100', '1 + 1', 'u + i'],
  ['-d', 'abs(d)', 'round(d)', 'floor(d)', 'ceil(d)', 'round(d * 100) / 100'],
  [
    'd > 15',
    'd <= 0.5',
    'i > 1.5',
    'i = j',
    'd <> e',
    'y >= s',
    'd > i',
    't = v',
    "t <> 'a'",
    "t < 'b'",
    'b = c',
    'u < i',
  ],
  [
    'm > n',
    "m >= '2001-02-03'",
    "m < timestamp '2010-01-01 10:00:00'",
    'k <= m',
    "k = '2001-01-01'",
    "k > date '1999-12-31'",
  ],
  [
    'i is distinct from j',
    't is not distinct from v',
    'd is null',
    't is not null',
    'not b',
    'b and c',
    'b or c',
    'not (b and d > 0)',
  ],
  [
    'i between 1 and 10',
    'd not between e and 5',
    "m between '2001-01-01' and '2020-01-01'",
    'i in (1, 2, null)',
    "t in ('a', 'B')",
    'i not in (1, 3)',
  ],
  [
    'case when b then 1 when c then 2 else 3 end',
    "case t when 'a' then 'x' end",
    'case when d > 0 then d else i end',
    'case when b then m end',
  ],
  [
    'coalesce(i, j, 0)',
    "coalesce(t, v, '?')",
    'coalesce(d, i)',
    'coalesce(m, k)',
    'coalesce(b, false)',
    'coalesce(y, 1) + 1',
  ],
  [
    'hour(m)',
    'minute(m)',
    'second(m)',
    'day(m)',
    'month(m)',
    'year(m)',
    'quarter(m)',
    'isodow(m)',
    'dayofweek(m)',
    'weekday(k)',
    'year(k)',
    'hour(k)',
  ],
  [
    "date_part('hour', m)",
    'extract(month from k)',
    'hour(m) * 60 + minute(m)',
    'cast(m as date)',
    'cast(k as timestamp)',
    'isodow(m) >= 6',
  ],
  [
    'cast(i as double)',
    'cast(b as integer)',
    'cast(j as integer)',
    'cast(i as varchar)',
    'cast(b as varchar)',
    'cast(i as boolean)',
    'cast(b as double)',
    'm::date::timestamp',
  ],
  [
    'lower(t)',
    'upper(t)',
    "t like 'a%'",
    "t like '%_.%'",
    "t not like 'a_%'",
    "t like '%'",
    "t || ':' || v",
    't || i',
    "t || '-' || b",
    "lower(t) like '%c'",
  ],
].flat()

describe('compileQuery()', () => {
  test.each(expressions)('gives of %s what DuckDB gives, of any row', async (expression) => {
    const rows = fc.sample(sourceRow, { numRuns: 250, seed: 7 })
    const answered = await compare(`select ${expression} as x from events`, rows)
    expect(answered).toBeGreaterThan(25)
  })

  test.each([
    ['subqueries', 'select z + 1 as x, z as y from (select i * 2 as z from events) as q'],
    [
      'steps, a star and names of other outputs',
      'with b as (select *, hour(m) as h from events), c2 as (select * exclude (t) from b) select h, c2.i as ii, h + 1 as next, next * 2 as more, d from c2',
    ],
    ['a condition', "select d, t from events where d > 0 and t like 'a%'"],
  ])('follows %s', async (_, sql) => {
    expect(await compare(sql, fc.sample(sourceRow, { numRuns: 60, seed: 5 }))).toBeGreaterThan(10)
  })

  test.each([
    'sqrt(d)',
    'i // 2',
    'ln(d)',
    'cast(d as varchar)',
    'cast(t as integer)',
    'length(t)',
    "t ilike 'a'",
    'round(d, 2)',
    'd::decimal(9, 2)',
    'm - n',
    'try_cast(t as double)',
    'case when b then 1 else 0.5 end',
    "t like 'a\\%'",
    'd % 2',
    "strftime(m, '%Y')",
  ])('leaves %s to DuckDB', async (expression) => {
    expect(await compare(`select ${expression} as x, d from events`, [])).toBeNull()
  })

  test.each<[string, string, Partial<Record<keyof typeof types, Value>>]>([
    ['an overflow', 'y + y', { y: 100 }],
    ['a division by zero', 'd / e', { d: 1, e: 0 }],
    ['an infinite number', 'd * e', { d: 1e308, e: 10 }],
    ['an integer beyond 2⁵³', 'j * j', { j: 2 ** 40 }],
    ['letters that JavaScript may turn otherwise', 'upper(t)', { t: 'straße' }],
    ['text that is not well-formed', 't', { t: '\ud800' }],
    ['a year of five digits', 'm', { m: 1e15 }],
    ['a value that its type does not hold, in a column that nothing reads', 'd', { y: 300 }],
  ])('leaves a row to DuckDB for %s', async (_, expression, given) => {
    const { query, made } = await queryOf(lake, `select ${expression} as x from events`)
    const row = Object.keys(types).map((name) => given[name as keyof typeof types] ?? null)
    expect(compileQuery(query, made)?.([row])).toBeNull()
  })

  test('gives of any expression what DuckDB gives', async () => {
    const sqls = fc.letrec<Record<'number' | 'integer' | 'truth' | 'text' | 'moment', string>>((tie) => ({
      number: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('d', 'e', '2.5', '100'),
        tie('integer'),
        fc
          .tuple(tie('number'), fc.constantFrom('+', '-', '*', '/'), tie('number'))
          .map(([a, o, b]) => `(${a} ${o} ${b})`),
        fc.tuple(fc.constantFrom('abs', 'round', '-'), tie('number')).map(([f, a]) => `${f}(${a})`),
        fc
          .tuple(tie('truth'), tie('number'), tie('number'))
          .map(([w, a, b]) => `case when ${w} then ${a} else ${b} end`),
        fc.tuple(tie('number'), tie('number')).map(([a, b]) => `coalesce(${a}, ${b})`),
      ),
      integer: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom('i', 'j', 's', 'y', 'u', '1', '7', '300', '-5'),
        fc.tuple(fc.constantFrom('hour', 'month', 'isodow', 'year'), tie('moment')).map(([f, a]) => `${f}(${a})`),
        fc
          .tuple(tie('integer'), fc.constantFrom('+', '-', '*', '%'), tie('integer'))
          .map(([a, o, b]) => `(${a} ${o} ${b})`),
        tie('truth').map((a) => `cast(${a} as integer)`),
      ),
      truth: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('b', 'c', 'true', 'null is null'),
        fc
          .tuple(tie('number'), fc.constantFrom('<', '<=', '=', '<>'), tie('number'))
          .map(([a, o, b]) => `(${a} ${o} ${b})`),
        fc.tuple(tie('text'), fc.constantFrom('=', '<>', '<'), tie('text')).map(([a, o, b]) => `(${a} ${o} ${b})`),
        fc.tuple(tie('moment'), fc.constantFrom('<', '>=', '='), tie('moment')).map(([a, o, b]) => `(${a} ${o} ${b})`),
        fc.tuple(tie('truth'), fc.constantFrom('and', 'or'), tie('truth')).map(([a, o, b]) => `(${a} ${o} ${b})`),
        fc.tuple(tie('number'), tie('number'), tie('number')).map(([a, b, c]) => `(${a} between ${b} and ${c})`),
        fc.tuple(tie('integer'), tie('integer'), tie('integer')).map(([a, b, c]) => `(${a} in (${b}, ${c}, null))`),
        tie('truth').map((a) => `(not ${a})`),
        tie('text').map((a) => `(${a} like 'a%')`),
        fc.oneof(tie('text'), tie('moment'), tie('number')).map((a) => `(${a} is null)`),
      ),
      text: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom('t', 'v', "'a'", "''"),
        fc.tuple(tie('text'), fc.oneof(tie('text'), tie('integer'))).map(([a, b]) => `(${a} || ${b})`),
        fc.tuple(fc.constantFrom('lower', 'upper'), tie('text')).map(([f, a]) => `${f}(${a})`),
        fc.tuple(tie('truth'), tie('text'), tie('text')).map(([w, a, b]) => `case when ${w} then ${a} else ${b} end`),
      ),
      moment: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom('m', 'n', 'k', "timestamp '2001-01-01'", "date '2020-02-29'"),
        fc.tuple(fc.constantFrom('date', 'timestamp'), tie('moment')).map(([to, a]) => `cast(${a} as ${to})`),
        fc.tuple(tie('moment'), tie('moment')).map(([a, b]) => `coalesce(${a}, ${b})`),
      ),
    }))
    let compiled = 0
    const any = fc.oneof(sqls.number, sqls.truth, sqls.text, sqls.moment).filter((sql) => /[a-z]/.test(sql))
    await fc.assert(
      fc.asyncProperty(any, fc.array(sourceRow, { minLength: 10, maxLength: 20 }), async (expression, rows) => {
        const sql = `select ${expression} as x, d as always from events`
        const answered = await compare(sql, rows).catch((error: unknown) => {
          if (isRefused(error)) return null
          throw error
        })
        compiled += answered ?? 0
      }),
      { numRuns: 400, seed: 11 },
    )
    expect(compiled).toBeGreaterThan(800)
  })
})

/** DuckDB itself has no such SQL, such as one whose constants overflow. */
const isRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'platform/badSql' || error.code === 'dataset/badSql')
