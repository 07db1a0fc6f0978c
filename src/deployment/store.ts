import type { Database } from '#platform'
import type { Endpoint, Release, ReleaseState, Transition } from './schema.ts'

interface ReleaseRow {
  id: string
  release_key: string
  system: string
  /** 1, 2, 3 … by system: their order, also of those that start at the same moment. */
  number: number
  version_id: string
  previous_version_id: string | null
  strategy: string
  step: number
  share: number
  state: string
  started_ms: number
  step_started_ms: number
  finished_ms: number | null
  history: string
}

interface EndpointRow {
  system: string
  champion_version_id: string
  champion_release_id: string
  since_ms: number
}

const open = (database: Database) =>
  database.withTables<{ deployment_releases: ReleaseRow; deployment_endpoints: EndpointRow }>()

/** Runs `work` in one transaction that holds the writer's lock: all of it happens, or nothing. */
export function inTransaction<T>(database: Database, work: (transaction: Database) => Promise<T>): Promise<T> {
  return database.isTransaction ? work(database) : database.transaction().execute((transaction) => work(transaction))
}

export async function findRelease(
  database: Database,
  by: { readonly id: string } | { readonly system: string; readonly key: string } | { readonly running: string },
): Promise<Release | null> {
  const query = open(database).selectFrom('deployment_releases').selectAll()
  const row = await (
    'id' in by
      ? query.where('id', '=', by.id)
      : 'key' in by
        ? query.where('system', '=', by.system).where('release_key', '=', by.key)
        : query.where('system', '=', by.running).where('state', '=', 'running')
  ).executeTakeFirst()
  return row ? releaseOf(row) : null
}

/** Releases of a system, the first one first. */
export async function readReleases(database: Database, system: string): Promise<readonly Release[]> {
  const rows = await open(database)
    .selectFrom('deployment_releases')
    .selectAll()
    .where('system', '=', system)
    .orderBy('number')
    .execute()
  return rows.map(releaseOf)
}

/** Adds a release after the last of its system; to be called inside a transaction. */
export async function insertRelease(database: Database, release: Release, key: string): Promise<void> {
  const db = open(database)
  const last = await db
    .selectFrom('deployment_releases')
    .select(({ fn }) => fn.max('number').as('number'))
    .where('system', '=', release.system)
    .executeTakeFirst()
  await db
    .insertInto('deployment_releases')
    .values({
      id: release.id,
      release_key: key,
      system: release.system,
      number: (last?.number ?? 0) + 1,
      version_id: release.versionId,
      previous_version_id: release.previousVersionId,
      strategy: JSON.stringify(release.strategy),
      ...changing(release),
    })
    .execute()
}

export async function updateRelease(database: Database, release: Release): Promise<void> {
  await open(database).updateTable('deployment_releases').set(changing(release)).where('id', '=', release.id).execute()
}

export async function findEndpoint(database: Database, system: string): Promise<Endpoint | null> {
  const row = await open(database)
    .selectFrom('deployment_endpoints')
    .selectAll()
    .where('system', '=', system)
    .executeTakeFirst()
  return row
    ? {
        system: row.system,
        championVersionId: row.champion_version_id,
        championReleaseId: row.champion_release_id,
        sinceMs: row.since_ms,
      }
    : null
}

export async function writeEndpoint(database: Database, endpoint: Endpoint): Promise<void> {
  const row = {
    system: endpoint.system,
    champion_version_id: endpoint.championVersionId,
    champion_release_id: endpoint.championReleaseId,
    since_ms: endpoint.sinceMs,
  }
  await open(database)
    .insertInto('deployment_endpoints')
    .values(row)
    .onConflict((conflict) => conflict.column('system').doUpdateSet(row))
    .execute()
}

/** The columns that a transition changes. */
function changing(release: Release) {
  return {
    step: release.step,
    share: release.share,
    state: release.state,
    started_ms: release.startedMs,
    step_started_ms: release.stepStartedMs,
    finished_ms: release.finishedMs,
    history: JSON.stringify(release.history),
  }
}

function releaseOf(row: ReleaseRow): Release {
  return {
    id: row.id,
    system: row.system,
    versionId: row.version_id,
    previousVersionId: row.previous_version_id,
    strategy: JSON.parse(row.strategy) as Release['strategy'],
    step: row.step,
    share: row.share,
    state: row.state as ReleaseState,
    startedMs: row.started_ms,
    stepStartedMs: row.step_started_ms,
    finishedMs: row.finished_ms,
    history: JSON.parse(row.history) as readonly Transition[],
  }
}
