import type { Workspace } from '#platform'
import { fail } from './failures.ts'
import type { Endpoint, Release, TrafficRoute } from './schema.ts'
import { findEndpoint, findRelease, readReleases } from './store.ts'

/** What serves a system; null before its first release. */
export function endpointOf(workspace: Workspace, system: string): Promise<Endpoint | null> {
  return findEndpoint(workspace.database, system)
}

/** Releases of a system, the first one first. */
export function releasesOf(workspace: Workspace, system: string): Promise<readonly Release[]> {
  return readReleases(workspace.database, system)
}

/**
 * Where requests to a system go now.
 * @throws {Failure} `deployment/nothingReleased`
 */
export async function routeOf(workspace: Workspace, system: string): Promise<TrafficRoute> {
  const endpoint = await findEndpoint(workspace.database, system)
  if (!endpoint) throw fail('nothingReleased', `Cannot serve '${system}': no version of it was released yet`)
  return { endpoint, release: await findRelease(workspace.database, { running: system }) }
}
