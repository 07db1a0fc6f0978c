import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noPostgres, testDatabaseUrl } from '#test-workspace'
import { virtualClock } from '../clock.ts'
import { migrate, type Database, type Migration } from '../database.ts'
import { inQuickTransaction } from '../quick-transaction.ts'
import { openProxy } from './fixtures/database-proxy.ts'
import { openPostgres } from './open-postgres.ts'

type Tables = { test_things: { number: number; name: string; size: number | null } }

const things: Migration = {
  name: 'test/0001-things',
  up: (database) =>
    database.schema
      .createTable('test_things')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('size', 'double precision')
      .execute(),
}
const clock = virtualClock(1000)
const thrownBy = (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => thrown)

describe.skipIf(noPostgres !== '')(`facts in PostgreSQL${noPostgres}`, () => {
  let url: string
  let database: Database
  let count = 0
  beforeEach(async () => {
    url = (await testDatabaseUrl(`open-postgres ${process.pid} ${count++}`)) as string
    database = await openPostgres(url, { connections: 3 })
    await migrate(database, { migrations: [things], clock })
  })
  afterEach(() => database.destroy())

  const tables = (of: Database = database) => of.withTables<Tables>()
  const add = (name: string, size: number | null = null) =>
    tables()
      .insertInto('test_things')
      .values({ name, size } as Tables['test_things'])
      .returning('number')
      .executeTakeFirstOrThrow()
  const names = async () =>
    (await tables().selectFrom('test_things').select('name').orderBy('name').execute()).map(({ name }) => name)
  const ownConnections = sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = current_setting('application_name') and pid <> pg_backend_pid()`
  const endOthers = async (): Promise<void> => {
    const other = await openPostgres(url, { connections: 1 })
    await ownConnections.execute(other)
    await other.destroy()
  }

  test('numbers come back as they went in, whole ones and others', async () => {
    for (const size of [0.1, -0, 5e-324, Number.MAX_VALUE, 2 ** 53 - 1, null]) {
      const { number } = await add('x', size)
      expect(await tables().selectFrom('test_things').select('size').where('number', '=', number).execute()).toEqual([
        { size: size === 0 ? 0 : size },
      ])
    }
    await tables()
      .insertInto('test_things')
      .values({ number: 2 ** 53 - 1, name: 'last', size: null })
      .execute()
    const { rows } = await sql`select count(*) as count, sum(number) - sum(number) as none, max(number) as last
      from test_things`.execute(database)
    expect(rows).toEqual([{ count: 7, none: 0, last: 2 ** 53 - 1 }])
  })

  test('texts are ordered by their bytes, as SQLite does', async () => {
    for (const name of ['b', 'a', 'B', 'é', 'Z', '_']) await add(name)
    expect(await names()).toEqual(['B', 'Z', '_', 'a', 'b', 'é'])
  })

  test('a text that it cannot hold is refused, and the connection stays', async () => {
    await expect(add('a\0b')).rejects.toMatchObject({ code: 'platform/unstorable', status: 422 })
    expect(await names()).toEqual([])
  })

  test('a transaction in which a statement failed is not kept, also where nobody minds', async () => {
    const made = tables()
      .transaction()
      .execute(async (inside) => {
        await inside.insertInto('test_things').values({ number: 1, name: 'a', size: null }).execute()
        await sql`select nothing`.execute(inside).catch(() => undefined)
      })
    await expect(made).rejects.toMatchObject({ code: '25P02' })
    expect(await names()).toEqual([])
  })

  test('migrate() runs each step once where several open the store at the same time', async () => {
    const fresh = (await testDatabaseUrl(`migrate at once ${process.pid}`)) as string
    const several = await Promise.all(Array.from({ length: 4 }, () => openPostgres(fresh, { connections: 1 })))
    await Promise.all(several.map((one) => migrate(one, { migrations: [things], clock })))
    const { rows } = await sql`select name from platform_migrations`.execute(several[0] as Database)
    expect(rows).toEqual([{ name: 'test/0001-things' }])
    await Promise.all(several.map((one) => one.destroy()))
  })

  test('transactions take turns, over all processes: what they read stays until they write', async () => {
    const other = await openPostgres(url, { connections: 3 })
    const append = (to: Database) => (): Promise<unknown> =>
      tables(to)
        .transaction()
        .execute(async (inside) => {
          const last = await inside
            .selectFrom('test_things')
            .select(({ fn }) => fn.max('number').as('number'))
            .executeTakeFirst()
          await inside
            .insertInto('test_things')
            .values({ number: (last?.number ?? 0) + 1, name: 'x', size: null })
            .execute()
        })
    await Promise.all([database, other].flatMap((to) => Array.from({ length: 20 }, append(to))))
    const { rows } = await sql`select count(*) as count, max(number) as last from test_things`.execute(database)
    expect(rows).toEqual([{ count: 40, last: 40 }])
    await other.destroy()
  })

  test('a transaction that did not get its turn leaves its connection as it was', async () => {
    const one = await openPostgres(url, { connections: 1 })
    await database.transaction().execute(async (inside) => {
      const waiting = thrownBy(one.transaction().execute((other) => sql`select 1`.execute(other)))
      const cancel = sql<{ cancelled: boolean }>`select pg_cancel_backend(pid) as cancelled from pg_stat_activity
        where application_name = current_setting('application_name') and wait_event = 'advisory'`
      const isCancelled = async () => (await cancel.execute(inside)).rows.length > 0
      await expect.poll(isCancelled, { timeout: 15_000 }).toBe(true)
      expect(await waiting).toMatchObject({ code: 'platform/databaseBusy' })
    })
    const { rows } = await sql`select 1 as one`.execute(one)
    expect(rows).toEqual([{ one: 1 }])
    await one.destroy()
  })

  test('inQuickTransaction() does not wait for the disk, and what comes after it does', async () => {
    const waits = async (of: Database): Promise<unknown> =>
      (await sql<{ waits: string }>`select current_setting('synchronous_commit') as waits`.execute(of)).rows[0]?.waits
    expect(await inQuickTransaction(database, waits)).toBe('off')
    expect(await waits(database)).toBe('on')
    const broken = inQuickTransaction(tables(), async (inside) => {
      await inside.insertInto('test_things').values({ number: 1, name: 'a', size: null }).execute()
      throw new Error('broken')
    })
    await expect(broken).rejects.toThrow('broken')
    expect(await names()).toEqual([])
  })

  test('connections that the server ended are replaced, and nobody notices', async () => {
    await add('a')
    await endOthers()
    expect(await names()).toEqual(['a'])
    await endOthers()
    await tables()
      .transaction()
      .execute((inside) => inside.insertInto('test_things').values({ number: 9, name: 'b', size: null }).execute())
    expect(await names()).toEqual(['a', 'b'])
  })

  test('a transaction whose connection ends fails, leaves nothing, and the next one runs', async () => {
    const made = tables()
      .transaction()
      .execute(async (inside) => {
        await inside.insertInto('test_things').values({ number: 1, name: 'a', size: null }).execute()
        await endOthers()
        await inside.insertInto('test_things').values({ number: 2, name: 'b', size: null }).execute()
      })
    await expect(made).rejects.toMatchObject({ code: 'platform/databaseUnreachable', status: 503, retry: true })
    await add('c')
    expect(await names()).toEqual(['c'])
  })

  test('a write whose connection ends is not sent again: nobody knows whether it was done', async () => {
    const failed = thrownBy(sql`insert into test_things (name) select 'a' from pg_sleep(30)`.execute(database))
    const isRunning = async (): Promise<boolean> =>
      (await sql`select 1 from pg_stat_activity where wait_event = 'PgSleep'`.execute(database)).rows.length > 0
    await expect.poll(isRunning, { timeout: 15_000 }).toBe(true)
    await endOthers()
    expect(await failed).toMatchObject({ code: 'platform/databaseUnreachable' })
    expect(await names()).toEqual([])
  })

  test('a read waits for a server that comes back, and says so where it does not', async () => {
    const proxy = await openProxy(url)
    const through = await openPostgres(proxy.url, { connections: 2 })
    await sql`select 1`.execute(through)
    await proxy.stop()
    const waiting = sql`select 1 as one`.execute(through)
    await proxy.start()
    expect((await waiting).rows).toEqual([{ one: 1 }])
    await proxy.stop()
    await expect(sql`select 1`.execute(through)).rejects.toMatchObject({ code: 'platform/databaseUnreachable' })
    await through.destroy()
  })

  test('whoever comes when all connections are taken waits', async () => {
    const one = await openPostgres(url, { connections: 1 })
    const asked = Array.from({ length: 20 }, (_, i) => sql`select ${sql.lit(i)} as i`.execute(one))
    expect((await Promise.all(asked)).map(({ rows }) => rows[0])).toEqual(asked.map((_, i) => ({ i })))
    await one.destroy()
  })

  test.each([
    ['nobody listens', { port: '1' }, 'platform/databaseUnreachable'],
    ['there is no such database', { pathname: '/nothing_here' }, 'platform/databaseRefused'],
    ['there is no such user', { username: 'nobody_here' }, 'platform/databaseRefused'],
    ['the schema is not there', { search: '?search_path=nowhere' }, 'platform/databaseUnfit'],
  ])('openPostgres() says so where %s, without the password', async (_, change, code) => {
    const wrong = Object.assign(new URL(url), { password: 'S3cret' }, change)
    const error = await thrownBy(openPostgres(wrong.href, { connections: 1 }))
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^Cannot open the database '127\.0\.0\.1/) })
    expect(String((error as Error).stack) + JSON.stringify(error)).not.toContain('S3cret')
  })

  test('openPostgres() says so where the password is wrong, without it', async () => {
    await sql`do $$ begin create role guarded login password 'right'; exception when duplicate_object then null; end $$`.execute(
      database,
    )
    const wrong = Object.assign(new URL(url), { username: 'guarded', password: 'S3cret' })
    const error = await thrownBy(openPostgres(wrong.href, { connections: 1 }))
    expect(error).toMatchObject({ code: 'platform/databaseRefused' })
    expect(String((error as Error).stack) + JSON.stringify(error)).not.toContain('S3cret')
  })
})
