import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Field } from '#model'
import { numberColumn, numbersOf, openLake, stringColumn, takeRows, type Lake, type Table } from '#platform'
import type { Binning } from '../schema.ts'
import { mergeProfiles } from './merge-profiles.ts'
import { profileTable } from './profile-table.ts'
import { profileWindows } from './profile-windows.ts'

let folder: string
let lake: Lake
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profiles-'))
  lake = await openLake({ folder, threads: 1, memoryMb: 512 })
})
afterAll(async () => {
  lake.close()
  await rm(folder, { recursive: true })
})

const fields: readonly Field[] = [
  { name: 'amount', type: 'numeric' },
  { name: 'flag', type: 'boolean' },
  { name: 'kind', type: 'categorical' },
  { name: 'note', type: 'text' },
  { name: 'at', type: 'timestamp' },
]
const binnings: readonly Binning[] = [
  { column: 'at', kind: 'edges', edges: [250, 500] },
  { column: 'amount', kind: 'edges', edges: [-1, 0, 0.25, 1e6] },
  { column: 'flag', kind: 'edges', edges: [0.5] },
  { column: 'kind', kind: 'values', values: ['b', "it's", 'é😀'] },
  { column: 'note', kind: 'edges', edges: [1, 2, 4] },
]

const rows = fc.array(
  fc.record({
    amount: fc.option(fc.double({ noNaN: true }), { freq: 5 }),
    flag: fc.option(fc.boolean()),
    kind: fc.option(fc.constantFrom('a', 'b', "it's", 'é😀', '')),
    note: fc.option(fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0'))),
    at: fc.option(fc.integer({ min: -100, max: 1100 }), { freq: 8 }),
  }),
  { maxLength: 40 },
)

const tableOf = (list: readonly Record<string, unknown>[]): Table => ({
  rowCount: list.length,
  columns: {
    amount: numberColumn(list.map((row) => row['amount'] as number | null)),
    flag: numberColumn(list.map((row) => row['flag'] as boolean | null)),
    kind: stringColumn(list.map((row) => row['kind'] as string | null)),
    note: stringColumn(list.map((row) => row['note'] as string | null)),
    at: numberColumn(list.map((row) => row['at'] as number | null)),
  },
})

/** The rows of [startMs, endMs). */
const within = (table: Table, startMs: number, endMs: number): Table =>
  takeRows(
    table,
    [...numbersOf(table, 'at').entries()].filter(([, at]) => at >= startMs && at < endMs).map(([place]) => place),
  )

describe('profileWindows() and profileTable() make the same profiles', () => {
  test('of one window', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const table = tableOf(list)
        await lake.putTable('some_rows', table)
        const span = { startMs: 5, endMs: 6 }
        const profiles = await profileWindows({ lake }, { relation: 'some_rows', fields, binnings, ...span })
        expect(profiles).toEqual(profileTable(table, { fields, binnings, ...span }))
      }),
      { numRuns: 40 },
    )
  })

  test('of windows by time, the last one short; the windows add up to the whole', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 130, max: 1200 }), async (list, windowMs) => {
        const table = tableOf(list)
        await lake.putTable('some_rows', table)
        const time = { column: 'at', startMs: 0, windowMs, endMs: 1000 }
        const profiles = await profileWindows({ lake }, { relation: 'some_rows', fields, binnings, time })
        const starts = Array.from({ length: Math.ceil(1000 / windowMs) }, (_, k) => k * windowMs)
        const spans = starts.map((startMs) => ({ startMs, endMs: Math.min(1000, startMs + windowMs) }))
        const expected = fields.flatMap((field) =>
          spans.map(
            (span) => profileTable(within(table, span.startMs, span.endMs), { fields: [field], binnings, ...span })[0],
          ),
        )
        expect(profiles).toEqual(expected)
        const whole = profileTable(within(table, 0, 1000), { fields, binnings, startMs: 0, endMs: 1000 })
        for (const profile of whole) {
          const parts = profiles.filter(({ column }) => column === profile.column)
          const { sum: _, sumSquares: __, ...exact } = mergeProfiles(parts)
          expect(profile).toMatchObject(exact)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('of what Parquet holds: whole numbers, decimals, dates, moments with and without zone, booleans', async () => {
    const file = `'${join(folder, 'types.parquet')}'`
    await lake.run(`copy (
      select i::bigint as whole, (i / 4)::decimal(9, 2) as money, i % 3 = 0 as flag, i::varchar as word,
        date '2001-01-01' + i::integer as day, timestamp '2001-01-01 00:00:00.5' + to_hours(i) as moment,
        timestamptz '2001-01-01 00:00:00+00' + to_hours(i) as zoned, null::double as nothing
      from range(3000) t(i)
      union all select null, null, null, null, null, timestamp 'infinity', null, 'nan'::double
    ) to ${file} (format parquet)`)
    const types = { whole: 'numeric', money: 'numeric', flag: 'boolean', word: 'categorical' } as const
    const moments = { day: 'timestamp', moment: 'timestamp', zoned: 'timestamp', nothing: 'numeric' } as const
    const all = Object.entries({ ...types, ...moments }).map(([name, type]) => ({ name, type }))
    const ways = all.map(({ name, type }): Binning =>
      type === 'categorical'
        ? { column: name, kind: 'values', values: ['7', '13'] }
        : { column: name, kind: 'edges', edges: [1, 500, 978_307_200_500, 990_000_000_000] },
    )
    const profiles = await profileWindows({ lake }, { relation: file, fields: all, binnings: ways })
    const table = await lake.table(`from ${file}`)
    expect(profiles).toEqual(profileTable(table, { fields: all, binnings: ways, startMs: 0, endMs: 0 }))
    expect(profiles.map(({ nulls }) => nulls)).toEqual([1, 1, 1, 1, 1, 1, 1, 3001])
  })

  test('of text with many values, and with few', async () => {
    await lake.run(`create or replace table many as
      select (i * 7919 % 9000)::varchar as word, (i % 40)::varchar as number, (i // 10000)::double as part
      from range(30000) t(i)`)
    const texts = ['word', 'number'].map((name) => ({ name, type: 'categorical' as const }))
    const ways = texts.map(({ name }): Binning => ({ column: name, kind: 'values', values: ['3', '17', '8999'] }))
    const time = { column: 'part', startMs: 1, windowMs: 1, endMs: 2 }
    const profiles = await profileWindows({ lake }, { relation: 'many', fields: texts, binnings: ways, time })
    const table = await lake.table('from many where part = 1')
    expect(profiles).toEqual(profileTable(table, { fields: texts, binnings: ways, startMs: 1, endMs: 2 }))
  })
})

describe('profileWindows()', () => {
  const x: Field = { name: 'x', type: 'numeric' }
  const tenths: Binning = { column: 'x', kind: 'edges', edges: [0.1, 0.2] }

  test('adds up doubles in the order of the rows, whatever the number of threads', async () => {
    const file = `'${join(folder, 'order.parquet')}'`
    await lake.run(`copy (select exp(sin(i) * 30) as x, timestamp '2001-01-01' + to_seconds(i) as at
      from range(400000) t(i)) to ${file} (format parquet, row_group_size 20000)`)
    const time = { column: 'at', startMs: Date.UTC(2001, 0, 1), windowMs: 86_400_000, endMs: Date.UTC(2001, 0, 5) }
    const options = { relation: file, fields: [x], binnings: [tenths], time }
    const one = await profileWindows({ lake }, options)
    const parallel = await openLake({ folder, threads: 4, memoryMb: 512 })
    try {
      for (let again = 0; again < 3; again++) expect(await profileWindows({ lake: parallel }, options)).toEqual(one)
    } finally {
      parallel.close()
    }
    const day = await lake.table(`from ${file} limit 86400`)
    const alone = profileTable(day, { fields: [x], binnings: [tenths], startMs: time.startMs, endMs: one[0]!.endMs })
    expect(one[0]).toEqual(alone[0])
    expect(one.map(({ rows }) => rows)).toEqual([86_400, 86_400, 86_400, 86_400])
  })

  test('profiles windows without rows, and a relation without rows', async () => {
    const relation = "(select 1.5::double as x, timestamp '2001-01-02' as at)"
    const time = { column: 'at', startMs: Date.UTC(2001, 0, 1), windowMs: 86_400_000, endMs: Date.UTC(2001, 0, 4) }
    const profiles = await profileWindows({ lake }, { relation, fields: [x], binnings: [tenths], time })
    expect(profiles.map(({ rows, min, counts }) => [rows, min, counts])).toEqual([
      [0, null, [0, 0, 0]],
      [1, 1.5, [0, 0, 1]],
      [0, null, [0, 0, 0]],
    ])
    const none = await profileWindows(
      { lake },
      { relation: `(from ${relation} where false)`, fields: [x], binnings: [tenths] },
    )
    expect(none).toMatchObject([{ rows: 0, nulls: 0, sum: 0, startMs: 0, endMs: 0 }])
  })

  test('takes text that holds numbers, booleans or moments as these, and what it cannot read as null', async () => {
    await lake.run(`create or replace table texts as select * from (values
      ('1.5', 'true', '2001-01-01 00:00:00'), ('one', 'maybe', 'yesterday')) v(x, flag, "at")`)
    const profiles = await profileWindows(
      { lake },
      {
        relation: 'texts',
        fields: [x, { name: 'flag', type: 'boolean' }, { name: 'at', type: 'timestamp' }],
        binnings: [tenths, ...binnings],
      },
    )
    expect(profiles.map(({ nulls, max }) => [nulls, max])).toEqual([
      [1, 1.5],
      [1, 1],
      [1, Date.UTC(2001, 0, 1)],
    ])
  })

  test('refuses columns that are not there, by name, and SQL that does not parse', async () => {
    const gone = { name: 'gone', type: 'numeric' as const }
    const options = { relation: '(select 1 as x)', fields: [x, gone], binnings: [tenths] }
    await expect(profileWindows({ lake }, options)).rejects.toMatchObject({
      code: 'quality/unknownColumn',
      message: "Cannot profile 'gone': the columns are x",
    })
    await expect(profileWindows({ lake }, { ...options, relation: '(select' })).rejects.toMatchObject({
      code: 'platform/badSql',
    })
  })

  test.each([
    ['an empty span', { startMs: 5, windowMs: 1, endMs: 5 }],
    ['windows without length', { startMs: 0, windowMs: 0, endMs: 5 }],
  ])('refuses %s', async (_reason, span) => {
    const options = { relation: '(select 1 as x)', fields: [x], binnings: [tenths], time: { column: 'x', ...span } }
    await expect(profileWindows({ lake }, options)).rejects.toThrow(RangeError)
  })
})
