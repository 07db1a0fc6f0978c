import type { EpochMs, Workspace } from '#platform'
import { fail } from './failures.ts'
import type { Alias, AliasChange, ModelVersion } from './schema.ts'
import { aliasByKey, aliasChanges, changeOf, findVersion, insertAlias, lastAlias, open, together } from './store.ts'
import { modelVersion } from './versions.ts'

/** Who is to bear a name from now on. */
export interface AliasEntry {
  readonly system: string
  readonly alias: Alias
  /** Null when nobody is to bear it. */
  readonly versionId: string | null
  readonly actor: string
  readonly reason: string
  /** The same for the same change, so that a workflow that runs again makes it once. */
  readonly key?: string
}

/**
 * Gives a name to a version. A known key, or the version that bears the name already, changes nothing.
 * @returns the change that stands
 * @throws {Failure} `registry/unknownVersion`, `registry/notServable`
 */
export async function setAlias(workspace: Workspace, entry: AliasEntry): Promise<AliasChange> {
  const { system, alias, versionId, actor, reason, key } = entry
  return together(workspace.database, async (tables) => {
    const held = key === undefined ? undefined : await aliasByKey(tables, key)
    if (held) return changeOf(held)
    const version = versionId === null ? null : await findVersion(tables, { id: versionId })
    if (versionId !== null) holdServable(version, entry)
    const last = await lastAlias(tables, { system, alias })
    if (last && last.version_id === versionId) return changeOf(last)
    const row = {
      system,
      alias,
      sequence: (last?.sequence ?? 0) + 1,
      change_key: key ?? null,
      version_id: versionId,
      number: version?.number ?? null,
      from_number: last?.number ?? null,
      at_ms: workspace.clock.now(),
      actor,
      reason,
    }
    // A name that nobody ever bore needs no taking away.
    if (last || versionId !== null) await insertAlias(tables, row)
    return changeOf(row)
  })
}

function holdServable(version: ModelVersion | null, { system, alias, versionId }: AliasEntry): void {
  if (version?.system !== system)
    throw fail('unknownVersion', `Cannot make '${versionId}' the ${alias}: '${system}' has no such version`, {
      details: { system, version: versionId },
    })
  if (version.state !== 'registered')
    throw fail(
      'notServable',
      `Cannot make version ${version.number} of '${system}' the ${alias}: it is ${version.state}`,
    )
}

/** The version that bore a name at a moment; null where none did. */
export async function aliasAt(
  workspace: Workspace,
  at: { readonly system: string; readonly alias: Alias; readonly atMs: EpochMs },
): Promise<ModelVersion | null> {
  const change = await lastAlias(open(workspace.database), at)
  return change?.version_id ? modelVersion(workspace, change.version_id) : null
}

/** What was in production at a moment: the champion of then. */
export function championAt(workspace: Workspace, system: string, atMs: EpochMs): Promise<ModelVersion | null> {
  return aliasAt(workspace, { system, alias: 'champion', atMs })
}

/** Every change of who bore which name, the oldest first. */
export function aliasHistory(workspace: Workspace, system: string): Promise<readonly AliasChange[]> {
  return aliasChanges(open(workspace.database), system)
}
