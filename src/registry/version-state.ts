import type { Workspace } from '#platform'
import { fail } from './failures.ts'
import type { ModelVersion, StateChange, VersionState } from './schema.ts'
import { findVersion, lastAlias, open, putState, statesOf, together } from './store.ts'
import { modelVersion } from './versions.ts'

/**
 * Changes the state of a version; the one it has already changes nothing.
 * @throws {Failure} `registry/unknownVersion`, `registry/inService`
 */
export async function setVersionState(
  workspace: Workspace,
  change: { readonly versionId: string; readonly state: VersionState; readonly actor: string; readonly reason: string },
): Promise<ModelVersion> {
  const { versionId, state, actor, reason } = change
  const { system, number } = await modelVersion(workspace, versionId)
  return together(workspace.database, async (tables) => {
    const version = (await findVersion(tables, { id: versionId })) as ModelVersion
    if (version.state === state) return version
    for (const alias of ['champion', 'challenger'] as const)
      if (state !== 'registered' && (await lastAlias(tables, { system, alias }))?.version_id === versionId)
        throw fail('inService', `Cannot set version ${number} of '${system}' to ${state}: it is the ${alias}`)
    await putState(tables, versionId, { state, atMs: workspace.clock.now(), actor, reason })
    return { ...version, state }
  })
}

/** Every state of a version, the oldest first. */
export function stateHistory(workspace: Workspace, versionId: string): Promise<readonly StateChange[]> {
  return statesOf(open(workspace.database), versionId)
}
