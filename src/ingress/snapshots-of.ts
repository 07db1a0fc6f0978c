import type { Workspace } from '#platform'
import type { Snapshot } from './schema.ts'
import { loadSnapshots, publicSnapshot, type SourceKey } from './store.ts'

/** The snapshots of a source, oldest first. */
export async function snapshotsOf(workspace: Workspace, key: SourceKey): Promise<readonly Snapshot[]> {
  return (await loadSnapshots(workspace, key)).map(publicSnapshot)
}
