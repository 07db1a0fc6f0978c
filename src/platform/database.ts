import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import type { Clock } from './clock.ts'
import { isPostgres } from './dialect.ts'
import { fail, storageFailure } from './failures.ts'
import { beginQuick } from './quick-transaction.ts'

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
  return new Kysely<object>({ dialect: new SqliteDialect({ database: kyselyView(raw, options) }) })
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
  const addTable = (tables: Pick<Database, 'schema'>): Promise<void> =>
    tables.schema
      .createTable('platform_migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('at_ms', 'integer', (column) => column.notNull())
      .execute()
  // PostgreSQL fails where two add a table at once, unless they take turns.
  await (isPostgres(db) ? db.transaction().execute(addTable) : addTable(db))
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
function kyselyView(raw: DatabaseSync, { scratch = false }: { readonly scratch?: boolean | undefined }) {
  /** Whether commits do not wait for the disk, until the transaction ends. */
  let isQuick = false
  const setQuick = (quick: boolean): void => {
    // A store that waits for nothing at all stays so.
    if (!scratch && quick !== isQuick) raw.exec(`pragma synchronous = ${quick ? 'normal' : 'full'}`)
    isQuick = quick
  }
  const statements = new Map<string, { readonly statement: StatementSync; readonly reader: boolean }>()
  /** A statement that was prepared before, or now: to prepare one takes longer than to run it. */
  const prepared = (sql: string) => {
    const known = statements.get(sql)
    if (known) return known
    const statement = raw.prepare(sql)
    const made = { statement, reader: statement.columns().length > 0 }
    if (statements.size >= mostStatements) statements.clear()
    statements.set(sql, made)
    return made
  }
  return {
    close: () => raw.close(),
    prepare: (text: string) => {
      // Writers take their lock at the start: a read that turns into a write would fail instead of waiting its turn.
      const sql = text === 'begin' || text === beginQuick ? 'begin immediate' : text
      const { statement, reader } = prepared(sql)
      const ends = text === 'commit' || text === 'rollback'
      const guard = <T>(run: () => T): T => {
        try {
          return run()
        } catch (error) {
          throw storageFailure('write to the store', error)
        }
      }
      const bind = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
      return {
        reader,
        all: (parameters: readonly unknown[]) => guard(() => statement.all(...bind(parameters))),
        run: (parameters: readonly unknown[]) => {
          if (text === beginQuick) setQuick(true)
          try {
            const result = guard(() => statement.run(...bind(parameters)))
            if (ends) setQuick(false)
            return result
          } catch (error) {
            if (text === beginQuick || text === 'rollback') setQuick(false)
            throw error
          }
        },
        // Whoever reads step by step has a statement of its own.
        iterate: (parameters: readonly unknown[]) =>
          raw.prepare(sql).iterate(...bind(parameters)) as IterableIterator<unknown>,
      }
    },
  }
}

const mostStatements = 500
