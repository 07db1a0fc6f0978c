import type { Workspace } from '#platform'
import { fail } from './failures.ts'
import type { ModelVersion } from './schema.ts'
import { findVersion, findVersions, open } from './store.ts'

/**
 * The version of an id.
 * @throws {Failure} `registry/unknownVersion`
 */
export async function modelVersion(workspace: Workspace, id: string): Promise<ModelVersion> {
  const version = await findVersion(open(workspace.database), { id })
  if (version) return version
  throw fail('unknownVersion', `Cannot find the version '${id}': the registry has none of this id`, {
    details: { version: id },
  })
}

/**
 * The version of a number.
 * @throws {Failure} `registry/unknownVersion`
 */
export async function versionNumbered(
  workspace: Workspace,
  { system, number }: { readonly system: string; readonly number: number },
): Promise<ModelVersion> {
  const version = await findVersion(open(workspace.database), { system, number })
  if (version) return version
  const last = (await versionsOf(workspace, system))[0]?.number
  const state = last === undefined ? 'no version has been registered' : `the newest is ${last}`
  throw fail('unknownVersion', `Cannot find version ${number} of '${system}': ${state}`, {
    details: { system, number },
  })
}

/** The version that a run became; null where it became none. */
export function versionOfRun(workspace: Workspace, runId: string): Promise<ModelVersion | null> {
  return findVersion(open(workspace.database), { runId })
}

/** All versions of a system, the newest first. */
export function versionsOf(workspace: Workspace, system: string): Promise<readonly ModelVersion[]> {
  return findVersions(open(workspace.database), system)
}
