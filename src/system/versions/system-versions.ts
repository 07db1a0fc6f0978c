import type { EpochMs, Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { SystemVersion } from '../schema.ts'
import { readNewest, readVersions } from '../store.ts'
import { nearestName } from '../validation/nearest-name.ts'
import { quoted } from '../validation/quoted.ts'

/** Every version of a system that was ever applied, the oldest first. */
export function systemVersions(workspace: Workspace, name: string): Promise<readonly SystemVersion[]> {
  return readVersions(workspace.database, name)
}

/**
 * The version that the loop follows: the newest.
 * @throws {Failure} `system/unknownSystem`
 */
export async function currentSystem(workspace: Workspace, name: string): Promise<SystemVersion> {
  const version = await readNewest(workspace.database, name)
  if (version !== null) return version
  const known = (await listSystems(workspace)).map((other) => other.system)
  const near = nearestName(name, known)
  const hint =
    near !== null
      ? `did you mean '${near}'?`
      : known.length === 0
        ? 'none has been applied yet'
        : `there are ${quoted(known)}`
  throw fail('unknownSystem', `Cannot find the system '${name}': ${hint}`, { details: { system: name, known } })
}

/** The version that the loop followed at a moment; null before the first. */
export async function systemAt(
  workspace: Workspace,
  { system, atMs }: { readonly system: string; readonly atMs: EpochMs },
): Promise<SystemVersion | null> {
  const versions = await readVersions(workspace.database, system)
  return versions.findLast((version) => version.appliedAtMs <= atMs) ?? null
}

/** The newest version of every system, by name. */
export async function listSystems(workspace: Workspace): Promise<readonly SystemVersion[]> {
  const versions = await readVersions(workspace.database)
  return versions.filter((version, place) => versions[place + 1]?.system !== version.system)
}
