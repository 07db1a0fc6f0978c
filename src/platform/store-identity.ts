import { existsSync } from 'node:fs'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isPostgres } from './dialect.ts'
import { fail, storageFailure } from './failures.ts'
import type { Ids } from './ids.ts'

/** The file of a folder's facts where they do not stand in PostgreSQL. */
export const factsFile = 'facts.sqlite'

/** The file with the name of the store whose facts stand in PostgreSQL. */
const nameFile = 'postgres-store'

/**
 * Sees to it that facts and folder are of one store, before anything is changed: facts name files that stand in their own
 * folder alone.
 * @throws {Failure} `platform/otherStore`
 */
export async function holdSameStore(database: Database, { folder, ids }: { folder: string; ids: Ids }): Promise<void> {
  const refuse = (state: string) => fail('otherStore', `Cannot open the store '${folder}': ${state}`)
  const held = await readFile(join(folder, nameFile), 'utf8').catch(() => undefined)
  if (!isPostgres(database)) {
    if (held !== undefined) throw refuse('its facts stand in PostgreSQL, and MILLRACE_DATABASE_URL names none')
    return
  }
  if (existsSync(join(folder, factsFile))) throw refuse('its facts stand in SQLite in the folder')
  const { name, isNew } = await storeName(database, ids.next('store'))
  if (held === name) return
  if (held !== undefined || !isNew) throw refuse('the facts in the database are of another folder')
  await writeFile(join(folder, nameFile), name, { flush: true }).catch((error: unknown) => {
    throw storageFailure(`open the store '${folder}'`, error)
  })
}

/** The name by which a bucket knows the store in a folder, which gets one where it has none. */
export async function nameInBucket(folder: string, ids: Ids): Promise<string> {
  const file = join(folder, 'bucket-store')
  const held = await readFile(file, 'utf8').catch(() => undefined)
  if (held !== undefined) return held
  const fresh = join(folder, `${ids.next('tmp')}.bucket-store`)
  try {
    await writeFile(fresh, ids.next('store'), { flush: true })
    // Another process may have given it a name meanwhile: a link replaces nothing.
    await link(fresh, file).catch(() => undefined)
    return await readFile(file, 'utf8')
  } catch (error) {
    throw storageFailure(`name the store '${folder}'`, error)
  } finally {
    await rm(fresh, { force: true })
  }
}

/** The name of the store in a database, which gets one where it has none, and whether nothing else is in it yet. */
function storeName(database: Database, fresh: string): Promise<{ readonly name: string; readonly isNew: boolean }> {
  const db = database.withTables<{ platform_store: { place: number; name: string } }>()
  return db.transaction().execute(async (inside) => {
    await inside.schema
      .createTable('platform_store')
      .ifNotExists()
      .addColumn('place', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .execute()
    await inside
      .insertInto('platform_store')
      .values({ place: 1, name: fresh })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const { name } = await inside.selectFrom('platform_store').select('name').executeTakeFirstOrThrow()
    const { rows } = await sql<{ found: unknown }>`select to_regclass('platform_migrations') as found`.execute(inside)
    return { name, isNew: rows[0]?.found === null }
  })
}
