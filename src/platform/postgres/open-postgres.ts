import { Kysely, PostgresAdapter, PostgresDialect, sql, type PostgresPool } from 'kysely'
import type { Database } from '../database.ts'
import { isFailure } from '../failure.ts'
import { fail } from '../failures.ts'
import { openConnections } from './connections.ts'
import { QueryCompiler } from './query-compiler.ts'

/**
 * Opens a store of facts on PostgreSQL.
 * @param url `postgres://user:password@host:port/database`; `?search_path=…` for a schema of its own
 * @param options.connections at most so many at the same time
 * @throws {Failure} `platform/databaseUnreachable`, `platform/databaseRefused`, `platform/databaseUnfit`
 */
export async function openPostgres(url: string, options: { readonly connections: number }): Promise<Database> {
  const connections = openConnections(url, { most: options.connections })
  const dialect = new PostgresDialect({ pool: connections as unknown as PostgresPool })
  const database = new Kysely<object>({
    dialect: {
      createDriver: () => dialect.createDriver(),
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => new QueryCompiler(),
    },
  })
  try {
    await holdFit(database, nameOf(url))
    return database
  } catch (error) {
    await database.destroy()
    throw isFailure(error) ? renamed(error, nameOf(url)) : error
  }
}

async function holdFit(database: Database, name: string): Promise<void> {
  const { rows } = await sql<{ version: number; encoding: string; schema: string | null }>`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
      current_schema() as schema`.execute(database)
  const { version = 0, encoding, schema } = rows[0] ?? {}
  const unfit = (state: string) => fail('databaseUnfit', `Cannot open the database '${name}': ${state}`)
  if (version < oldestVersion)
    throw unfit(`it is PostgreSQL ${Math.floor(version / 10_000)}, at least ${oldestVersion / 10_000} is needed`)
  if (encoding !== 'UTF8') throw unfit(`its encoding is ${encoding}, UTF8 is needed`)
  if (schema === null) throw unfit("the schema of its search path isn't there, create it")
}

/** Says which database it is about. */
const renamed = (failure: Error & { readonly code: string }, name: string): Error => {
  const kind = failure.code.split('/')[1] as Parameters<typeof fail>[0]
  const state = failure.message.replace(/^[^:]*: /, '')
  return fail(kind, `Cannot open the database '${name}': ${state}`, { cause: failure.cause })
}

/** An address without who asks and with which password. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

const oldestVersion = 140_000
