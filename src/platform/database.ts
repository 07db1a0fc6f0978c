import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import type { Clock } from './clock.ts'
import { fail, storageFailure } from './failures.ts'

/** The store of facts. A component sees its own tables with `withTables`. */
export type Database = Kysely<object>

/** One step of a component's schema. Steps are only ever added, never changed. */
export interface Migration {
  /** `<component>/NNNN-what`, unique for ever. */
  readonly name: string
  up(database: Database): Promise<void>
}

/**
 * Opens SQLite with a write-ahead log, `synchronous=FULL` and a busy timeout; creates the file when it is missing.
 * @param path a file, or ':memory:'
 * @param options `scratch` for a store that nobody will open again: commits are not synced to the disk
 * @throws {Failure} `platform/notWritable`, `platform/damagedStore`
 */
export function openDatabase(path: string, options: { readonly scratch?: boolean | undefined } = {}): Database {
  let raw: DatabaseSync
  try {
    raw = new DatabaseSync(path, { timeout: 10_000 })
    raw.exec(
      `pragma journal_mode = wal; pragma synchronous = ${options.scratch ? 'off' : 'full'}; pragma foreign_keys = on`,
    )
  } catch (error) {
    throw storageFailure(`open the store '${path}'`, error)
  }
  return new Kysely<object>({ dialect: new SqliteDialect({ database: kyselyView(raw) }) })
}

/**
 * Brings the schema up to date, all steps in one transaction.
 * @throws {Failure} `platform/newerStore` when the file holds steps that this version does not know
 */
export async function migrate(
  database: Database,
  options: { migrations: readonly Migration[]; clock: Clock },
): Promise<void> {
  const db = database.withTables<{ platform_migrations: { name: string; at_ms: number } }>()
  await db.schema
    .createTable('platform_migrations')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .execute()
  const done = new Set((await db.selectFrom('platform_migrations').select('name').execute()).map((row) => row.name))
  const known = new Set(options.migrations.map((step) => step.name))
  const unknown = [...done].filter((name) => !known.has(name))
  if (unknown.length > 0) {
    throw fail('newerStore', `Cannot open the store: it was changed by a newer version (${unknown.join(', ')})`)
  }
  const missing = options.migrations.filter((step) => !done.has(step.name))
  if (missing.length === 0) return
  await db.transaction().execute(async (transaction) => {
    for (const step of missing) {
      const taken = await transaction
        .selectFrom('platform_migrations')
        .select('name')
        .where('name', '=', step.name)
        .executeTakeFirst()
      if (taken) continue
      await step.up(transaction as unknown as Database)
      await transaction
        .insertInto('platform_migrations')
        .values({ name: step.name, at_ms: options.clock.now() })
        .execute()
    }
  })
}

/** What Kysely's SQLite dialect asks of a driver, over `node:sqlite`. */
function kyselyView(raw: DatabaseSync) {
  return {
    close: () => raw.close(),
    prepare: (sql: string) => {
      // Writers take their lock at the start: a read that turns into a write would fail instead of waiting its turn.
      const statement = raw.prepare(sql === 'begin' ? 'begin immediate' : sql)
      const guard = <T>(run: () => T): T => {
        try {
          return run()
        } catch (error) {
          throw storageFailure('write to the store', error)
        }
      }
      const bind = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => guard(() => statement.all(...bind(parameters))),
        run: (parameters: readonly unknown[]) => guard(() => statement.run(...bind(parameters))),
        iterate: (parameters: readonly unknown[]) =>
          statement.iterate(...bind(parameters)) as IterableIterator<unknown>,
      }
    },
  }
}
