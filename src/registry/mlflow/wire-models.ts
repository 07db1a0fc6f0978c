import { wirePair } from '#tracking'
import { newestVersions, versionTags, type NamedVersion } from '../models/store/model-versions.ts'
import { modelAliases, modelTags } from '../models/store/registered-models.ts'
import type { Models, RegisteredModelRow, VersionStatus } from '../models/store/tables.ts'

/** Registered models as the protocol writes them, each with its newest versions. */
export async function wireModels(tables: Models, models: readonly RegisteredModelRow[]) {
  const numbers = models.map(({ number }) => number)
  const tags = Map.groupBy(await modelTags(tables, numbers), ({ model }) => model)
  const aliases = Map.groupBy(await modelAliases(tables, numbers), ({ model }) => model)
  const newest = await newestVersions(tables, numbers)
  const wired = await wireVersions(tables, newest)
  const versions = Map.groupBy(
    newest.map(({ model }, place) => ({ model, version: wired[place] })),
    ({ model }) => model,
  )
  return models.map(({ number, name, description, created_at_ms, updated_at_ms }) => ({
    name,
    creation_timestamp: created_at_ms,
    last_updated_timestamp: updated_at_ms,
    description: description || undefined,
    latest_versions: versions.get(number)?.map(({ version }) => version),
    tags: tags.get(number)?.map(wirePair),
    aliases: aliases.get(number)?.map(({ alias, version }) => ({ alias, version: String(version) })),
  }))
}

/** Versions as the protocol writes them where they are many: without their aliases. */
export async function wireVersions(tables: Models, versions: readonly NamedVersion[]) {
  const keyOf = (one: { readonly model: number; readonly version: number }): string => `${one.model}/${one.version}`
  const tags = Map.groupBy(await versionTags(tables, versions), keyOf)
  return versions.map((version) => ({
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.created_at_ms,
    last_updated_timestamp: version.updated_at_ms,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.run_id,
    status: statusNames[version.status],
    status_message: version.status_message || undefined,
    tags: tags.get(keyOf(version))?.map(wirePair),
    run_link: version.run_link,
  }))
}

/** Versions of one model with their aliases. */
export async function wireVersionsWithAliases(tables: Models, versions: readonly NamedVersion[]) {
  const aliases = Map.groupBy(
    await modelAliases(
      tables,
      versions.map(({ model }) => model),
    ),
    ({ version }) => version,
  )
  const wired = await wireVersions(tables, versions)
  return wired.map((version) => ({
    ...version,
    aliases: aliases.get(Number(version.version))?.map(({ alias }) => alias),
  }))
}

export async function wireVersion(tables: Models, version: NamedVersion): Promise<object> {
  const [model_version] = await wireVersionsWithAliases(tables, [version])
  return { model_version }
}

const statusNames = {
  pending: 'PENDING_REGISTRATION',
  ready: 'READY',
  failed: 'FAILED_REGISTRATION',
} as const satisfies Record<VersionStatus, string>
