import { canonicalJson, type Database } from '#platform'
import type { SystemSpec, SystemVersion } from './schema.ts'

interface Row {
  system: string
  number: number
  hash: string
  spec: string
  base_folder: string
  commit_hash: string | null
  dirty: number
  applied_at_ms: number
  applied_by: string
}

const open = (database: Database) => database.withTables<{ system_versions: Row }>()

/**
 * Adds the version that `make` gives, read and written in one transaction that holds the writer's lock.
 * @param make what follows the newest version (null before the first), or null to add nothing
 * @returns the newest version afterwards, and the one before it where one was added
 */
export function addVersion(
  database: Database,
  { system, make }: { system: string; make: (newest: SystemVersion | null) => SystemVersion | null },
): Promise<{ readonly version: SystemVersion; readonly previous: SystemVersion | null }> {
  return open(database)
    .transaction()
    .execute(async (transaction) => {
      const rows = await transaction
        .selectFrom('system_versions')
        .selectAll()
        .where('system', '=', system)
        .orderBy('number', 'desc')
        .limit(2)
        .execute()
      const [newest = null, beforeIt = null] = rows.map(versionOf)
      const version = make(newest)
      if (version === null) return { version: newest as SystemVersion, previous: beforeIt }
      await transaction.insertInto('system_versions').values(rowOf(version)).execute()
      return { version, previous: newest }
    })
}

/** All versions of a system, or of every one, by name and then the oldest first. */
export async function readVersions(database: Database, system?: string): Promise<SystemVersion[]> {
  const query = open(database).selectFrom('system_versions').selectAll().orderBy('system').orderBy('number')
  return (await (system === undefined ? query : query.where('system', '=', system)).execute()).map(versionOf)
}

/** The newest version of a system. */
export async function readNewest(database: Database, system: string): Promise<SystemVersion | null> {
  const row = await open(database)
    .selectFrom('system_versions')
    .selectAll()
    .where('system', '=', system)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? versionOf(row) : null
}

function rowOf(version: SystemVersion): Row {
  return {
    system: version.system,
    number: version.number,
    hash: version.hash,
    spec: canonicalJson(version.spec),
    base_folder: version.baseFolder,
    commit_hash: version.commit,
    dirty: version.dirty ? 1 : 0,
    applied_at_ms: version.appliedAtMs,
    applied_by: version.appliedBy,
  }
}

function versionOf(row: Row): SystemVersion {
  return {
    system: row.system,
    number: row.number,
    hash: row.hash,
    spec: JSON.parse(row.spec) as SystemSpec,
    baseFolder: row.base_folder,
    commit: row.commit_hash,
    dirty: row.dirty === 1,
    appliedAtMs: row.applied_at_ms,
    appliedBy: row.applied_by,
  }
}
