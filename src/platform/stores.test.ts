import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBlobs } from './blobs.ts'
import { virtualClock } from './clock.ts'
import { migrate, openDatabase, type Migration } from './database.ts'
import { describeBlobs } from './fixtures/describe-blobs.ts'
import { seededIds } from './ids.ts'
import type { Lake } from './lake.ts'
import { openLake } from './open-lake.ts'
import { seededRandom } from './random.ts'
import { numberColumn, numbersOf, stringColumn, stringsOf, type Table } from './table.ts'

const clock = virtualClock(Date.parse('2026-01-01'))
const ids = seededIds(clock, seededRandom(1))
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-stores-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the store of facts', () => {
  const first: Migration = {
    name: 'test/0001-things',
    up: (database) => database.schema.createTable('test_things').addColumn('x', 'integer').execute(),
  }

  test('migrate() runs each step once', async () => {
    const database = openDatabase(join(folder, 'a.sqlite'))
    await migrate(database, { migrations: [first], clock })
    await migrate(database, { migrations: [first], clock })
    const tables = await database.introspection.getTables()
    expect(tables.map((table) => table.name)).toEqual(['platform_migrations', 'test_things'])
    await database.destroy()
  })

  test('migrate() refuses a store that a newer version changed, and leaves it as it is', async () => {
    const database = openDatabase(join(folder, 'a.sqlite'))
    await expect(migrate(database, { migrations: [], clock })).rejects.toMatchObject({ code: 'platform/newerStore' })
    await database.destroy()
  })

  test('a step that fails leaves nothing of its transaction', async () => {
    const database = openDatabase(join(folder, 'b.sqlite'))
    const broken: Migration = {
      name: 'test/0002-broken',
      up: async (inside) => {
        await inside.schema.createTable('test_half').addColumn('x', 'integer').execute()
        throw new Error('broken')
      },
    }
    await expect(migrate(database, { migrations: [first, broken], clock })).rejects.toThrow('broken')
    expect(await database.introspection.getTables().then((tables) => tables.map((table) => table.name))).toEqual([
      'platform_migrations',
    ])
    await database.destroy()
  })

  test('openDatabase() says so when the file is something else', async () => {
    await writeFile(join(folder, 'c.sqlite'), 'not a database, but long enough to be taken for one '.repeat(40))
    expect(() => openDatabase(join(folder, 'c.sqlite'))).toThrow(
      expect.objectContaining({ code: 'platform/damagedStore' }),
    )
  })

  test('commits reach the disk: the log is write-ahead and synchronous is full', async () => {
    const database = openDatabase(join(folder, 'd.sqlite'))
    const { sql } = await import('kysely')
    expect((await sql<{ synchronous: number }>`pragma synchronous`.execute(database)).rows[0]?.synchronous).toBe(2)
    expect((await sql<{ journal_mode: string }>`pragma journal_mode`.execute(database)).rows[0]?.journal_mode).toBe(
      'wal',
    )
    await database.destroy()
  })
})

describeBlobs('the store of bytes in a folder', async () => {
  const blobs = await openBlobs(join(folder, 'blobs'), { ids, clock })
  return { blobs, names: () => readdir(join(folder, 'blobs'), { recursive: true }) }
})

describe('the lake', () => {
  let lake: Lake
  beforeAll(async () => {
    lake = await openLake({ folder: join(folder, 'lake'), threads: 1, memoryMb: 256 })
  })
  afterAll(() => lake.close())

  test.each([
    ['1::bigint', 1],
    ['12.50::decimal(8,2)', 12.5],
    ['true', 1],
    ["timestamp '2001-02-01 04:00:00.5'", 981_000_000_500],
    ["timestamptz '2001-02-01 04:00:00+01'", 980_996_400_000],
    ["date '2001-02-01'", 980_985_600_000],
    ['sum(3)', 3],
    ['null::double', NaN],
    ["'nan'::double", NaN],
  ])('table() gives %s as a number', async (sql, expected) => {
    const column = (await lake.table(`select ${sql} as x`)).columns['x']
    expect(column?.kind === 'number' && column.values[0]).toEqual(expected)
  })

  test('putTable() and table() are a round trip over several chunks', async () => {
    const count = 5000
    const table = {
      rowCount: count,
      columns: {
        n: numberColumn(Array.from({ length: count }, (_, i) => (i % 7 === 0 ? null : i / 3))),
        s: stringColumn(Array.from({ length: count }, (_, i) => (i % 5 === 0 ? null : `k${i % 100}`))),
      },
    }
    await lake.putTable('round trip', table)
    const back = await lake.table('select * from "round trip"')
    expect(back.columns['n']).toEqual(table.columns.n)
    expect(stringsOf(back, 's')).toEqual(stringsOf(table, 's'))
  })

  test('scan() hands over the rows in their order, in pieces', async () => {
    const pieces: number[][] = []
    const take = (piece: Table): void => void pieces.push([...numbersOf(piece, 'i')])
    await lake.scan('select nullif(i, 7)::double as i from range(5000) t(i)', take)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.flat()).toEqual(Array.from({ length: 5000 }, (_, i) => (i === 7 ? NaN : i)))
  })

  test('scan() stops where its rows cannot be read or taken, and the next query runs', async () => {
    const late = "select if(i > 4000, error('late'), i) from range(5000) t(i)"
    await expect(lake.scan(late, () => undefined)).rejects.toMatchObject({ code: 'platform/badSql' })
    const refuse = (): void => {
      throw new Error('not taken')
    }
    await expect(lake.scan('from range(5000)', refuse)).rejects.toThrow('not taken')
    expect(await lake.rows('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a wrong query is a failure with the place of the mistake, and the next one runs', async () => {
    await expect(lake.rows('selec 1')).rejects.toMatchObject({
      code: 'platform/badSql',
      message: expect.stringContaining('^'),
    })
    expect(await lake.rows('select 1 as x')).toEqual([{ x: 1 }])
  })

  test('session() sees the tables of the instance and keeps its own apart', async () => {
    await lake.run('create or replace table shared_table as select 1 as x')
    await lake.session(async (own) => {
      await own.run('create temp table mine as select 2 as x')
      expect(await own.rows('select x from shared_table')).toEqual([{ x: 1 }])
    })
    await expect(lake.rows('select * from mine')).rejects.toMatchObject({ code: 'platform/badSql' })
  })
})
