import { endpointOf, releasesOf } from '#deployment'
import type { Workspace } from '#platform'
import { setAlias } from '#registry'

/** Lets the registry's names follow what serves: `champion`, and `challenger` while a release is under way. */
export async function nameVersions(workspace: Workspace, system: string): Promise<null> {
  const endpoint = await endpointOf(workspace, system)
  if (!endpoint) return null
  const running = (await releasesOf(workspace, system)).find((release) => release.state === 'running')
  const names = [
    { alias: 'champion', versionId: endpoint.championVersionId, reason: `release ${endpoint.championReleaseId}` },
    {
      alias: 'challenger',
      versionId: running?.versionId ?? null,
      reason: running ? `release ${running.id}` : 'no release is under way',
    },
  ] as const
  for (const name of names) await setAlias(workspace, { system, actor: 'loop', ...name })
  return null
}
