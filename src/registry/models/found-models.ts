import type { AliasChange, ModelVersion } from '../schema.ts'
import { aliasChanges, findVersions, open as openRegistry } from '../store.ts'
import type { Database } from '#platform'
import { versionTags, type NamedVersion } from './store/model-versions.ts'
import { modelAliases, modelTags, type Tag } from './store/registered-models.ts'
import type { Models, RegisteredModelRow } from './store/tables.ts'

/** Registered models as our own API shows them. */
export async function foundModels(tables: Models, rows: readonly RegisteredModelRow[]) {
  const numbers = rows.map(({ number }) => number)
  const tags = Map.groupBy(await modelTags(tables, numbers), ({ model }) => model)
  const aliases = Map.groupBy(await modelAliases(tables, numbers), ({ model }) => model)
  return rows.map((row) => ({
    kind: 'registered' as const,
    name: row.name,
    description: row.description,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    tags: (tags.get(row.number) ?? []).map(tagOf),
    aliases: (aliases.get(row.number) ?? []).map(({ alias, version }) => ({ alias, version })),
  }))
}

/** Versions of registered models as our own API shows them. */
export async function foundVersions(tables: Models, rows: readonly NamedVersion[]) {
  const keyOf = (one: { readonly model: number; readonly version: number }): string => `${one.model}/${one.version}`
  const tags = Map.groupBy(await versionTags(tables, rows), keyOf)
  const models = [...new Set(rows.map(({ model }) => model))]
  const aliases = Map.groupBy(await modelAliases(tables, models), keyOf)
  return rows.map((row) => ({
    kind: 'registered' as const,
    name: row.name,
    version: row.version,
    stage: row.stage,
    description: row.description,
    source: row.source,
    storageLocation: row.storage_location,
    run: row.run_id,
    runLink: row.run_link,
    loggedModel: row.logged_model_id,
    status: row.status,
    statusMessage: row.status_message,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    tags: (tags.get(keyOf(row)) ?? []).map(tagOf),
    aliases: (aliases.get(keyOf(row)) ?? []).map(({ alias }) => alias),
  }))
}

/** A system as a model among others: its versions stand under its name. */
export async function foundSystem(database: Database, system: string) {
  const versions = await findVersions(openRegistry(database), system)
  const bearers = bearersOf(await aliasChanges(openRegistry(database), system))
  return {
    kind: 'system' as const,
    name: system,
    description: '',
    createdAtMs: versions.at(-1)?.registeredAtMs ?? 0,
    updatedAtMs: versions[0]?.registeredAtMs ?? 0,
    tags: [],
    aliases: Array.from(bearers, ([alias, version]) => ({ alias, version })),
  }
}

/** The versions of a system, the newest first. */
export async function foundSystemVersions(database: Database, system: string) {
  const bearers = bearersOf(await aliasChanges(openRegistry(database), system))
  const aliasesOf = (number: number): string[] =>
    Array.from(bearers).flatMap(([alias, version]) => (version === number ? [alias] : []))
  return (await findVersions(openRegistry(database), system)).map((version: ModelVersion) => ({
    kind: 'system' as const,
    name: system,
    version: version.number,
    id: version.id as string,
    candidate: version.candidate,
    state: version.state,
    run: version.runId,
    createdAtMs: version.registeredAtMs,
    metrics: Object.entries(version.evaluation.metrics).map(([name, { value, low, high }]) => ({
      name,
      value,
      low,
      high,
    })),
    aliases: aliasesOf(version.number),
  }))
}

/** Which version bears which name now. */
function bearersOf(changes: readonly AliasChange[]): ReadonlyMap<string, number> {
  const bearers = new Map<string, number>()
  for (const { alias, number } of changes) {
    if (number === null) bearers.delete(alias)
    else bearers.set(alias, number)
  }
  return bearers
}

const tagOf = ({ name, value }: Tag): Tag => ({ name, value })
