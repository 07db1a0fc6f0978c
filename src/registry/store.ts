import type { Kysely } from 'kysely'
import type { Evaluation, GateResult } from '#evaluation'
import type { Partition, Signature } from '#model'
import type { Database } from '#platform'
import type { Alias, AliasChange, Lineage, ModelVersion, StateChange, VersionState } from './schema.ts'

interface VersionRow {
  id: string
  system: string
  number: number
  run_id: string
  candidate: string
  onnx_digest: string
  partition: string | null
  signature: string
  evaluation: string
  threshold: number | null
  lineage: string
  gates: string
  state: VersionState
  registered_at_ms: number
}

interface AliasRow {
  system: string
  alias: Alias
  sequence: number
  change_key: string | null
  version_id: string | null
  number: number | null
  from_number: number | null
  at_ms: number
  actor: string
  reason: string
}

type Tables = {
  registry_versions: VersionRow
  registry_states: {
    version_id: string
    sequence: number
    state: VersionState
    at_ms: number
    actor: string
    reason: string
  }
  registry_aliases: AliasRow
}

/** Registry's tables, within a transaction or outside. */
export type Registry = Kysely<Tables>

export const open = (database: Database): Registry => database.withTables<Tables>()

/** Runs several statements as one; writers take turns. */
export const together = <T>(database: Database, work: (tables: Registry) => Promise<T>): Promise<T> =>
  open(database).transaction().execute(work)

/** The version of an id, run or number. */
export async function findVersion(
  tables: Registry,
  by: { readonly id: string } | { readonly runId: string } | { readonly system: string; readonly number: number },
): Promise<ModelVersion | null> {
  const query = tables.selectFrom('registry_versions').selectAll()
  const found = await (
    'id' in by
      ? query.where('id', '=', by.id)
      : 'runId' in by
        ? query.where('run_id', '=', by.runId)
        : query.where('system', '=', by.system).where('number', '=', by.number)
  ).executeTakeFirst()
  return found ? versionOf(found) : null
}

/** Versions of a system, the newest first. */
export async function findVersions(tables: Registry, system: string): Promise<ModelVersion[]> {
  const query = tables.selectFrom('registry_versions').selectAll().where('system', '=', system)
  return (await query.orderBy('number', 'desc').execute()).map(versionOf)
}

/** Names of the systems that have versions. */
export async function systemsWithVersions(tables: Registry): Promise<string[]> {
  const query = tables.selectFrom('registry_versions').select('system').distinct()
  return (await query.orderBy('system').execute()).map(({ system }) => system)
}

/** 0 before the first version of a system. */
export async function lastNumber(tables: Registry, system: string): Promise<number> {
  const query = tables.selectFrom('registry_versions').select('number').where('system', '=', system)
  return (await query.orderBy('number', 'desc').limit(1).executeTakeFirst())?.number ?? 0
}

export const insertVersion = (tables: Registry, version: ModelVersion) =>
  tables.insertInto('registry_versions').values(rowOf(version)).execute()

/** Adds a state to a version's history and makes it the current one. */
export async function putState(tables: Registry, versionId: string, change: StateChange): Promise<void> {
  const { state, atMs, actor, reason } = change
  const sequence = (await statesOf(tables, versionId)).length + 1
  await tables
    .insertInto('registry_states')
    .values({ version_id: versionId, sequence, state, at_ms: atMs, actor, reason })
    .execute()
  await tables.updateTable('registry_versions').set({ state }).where('id', '=', versionId).execute()
}

export async function statesOf(tables: Registry, versionId: string): Promise<StateChange[]> {
  const query = tables.selectFrom('registry_states').selectAll().where('version_id', '=', versionId)
  const rows = await query.orderBy('sequence').execute()
  return rows.map(({ state, at_ms, actor, reason }) => ({ state, atMs: at_ms, actor, reason }))
}

export const aliasByKey = (tables: Registry, key: string): Promise<AliasRow | undefined> =>
  tables.selectFrom('registry_aliases').selectAll().where('change_key', '=', key).executeTakeFirst()

/** The last change of a name, or the last up to a moment. */
export function lastAlias(
  tables: Registry,
  { system, alias, atMs }: { readonly system: string; readonly alias: Alias; readonly atMs?: number },
): Promise<AliasRow | undefined> {
  const query = tables
    .selectFrom('registry_aliases')
    .selectAll()
    .where('system', '=', system)
    .where('alias', '=', alias)
    .orderBy('sequence', 'desc')
    .limit(1)
  return (atMs === undefined ? query : query.where('at_ms', '<=', atMs)).executeTakeFirst()
}

export const insertAlias = (tables: Registry, row: AliasRow) =>
  tables.insertInto('registry_aliases').values(row).execute()

/** Changes of a system's names, the oldest first. */
export async function aliasChanges(tables: Registry, system: string): Promise<AliasChange[]> {
  const query = tables.selectFrom('registry_aliases').selectAll().where('system', '=', system)
  return (await query.orderBy('at_ms').orderBy('alias').orderBy('sequence').execute()).map(changeOf)
}

export const changeOf = (row: AliasRow): AliasChange => ({
  alias: row.alias,
  versionId: row.version_id,
  number: row.number,
  fromNumber: row.from_number,
  atMs: row.at_ms,
  actor: row.actor,
  reason: row.reason,
})

const rowOf = (version: ModelVersion): VersionRow => ({
  id: version.id,
  system: version.system,
  number: version.number,
  run_id: version.runId,
  candidate: version.candidate,
  onnx_digest: version.onnxDigest,
  partition: version.partition && JSON.stringify(version.partition),
  signature: JSON.stringify(version.signature),
  evaluation: JSON.stringify(version.evaluation),
  threshold: version.threshold,
  lineage: JSON.stringify(version.lineage),
  gates: JSON.stringify(version.gates),
  state: version.state,
  registered_at_ms: version.registeredAtMs,
})

const versionOf = (row: VersionRow): ModelVersion => ({
  id: row.id,
  system: row.system,
  number: row.number,
  runId: row.run_id,
  candidate: row.candidate,
  onnxDigest: row.onnx_digest,
  partition: row.partition === null ? null : (JSON.parse(row.partition) as Partition),
  signature: JSON.parse(row.signature) as Signature,
  evaluation: JSON.parse(row.evaluation) as Evaluation,
  threshold: row.threshold,
  lineage: JSON.parse(row.lineage) as Lineage,
  gates: JSON.parse(row.gates) as GateResult[],
  state: row.state,
  registeredAtMs: row.registered_at_ms,
})
