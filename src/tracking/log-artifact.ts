import type { Digest, Workspace } from '#platform'
import { holdName } from './hold-value.ts'
import { heldRun } from './runs.ts'
import { putArtifact } from './store/runs.ts'
import { together } from './store/tables.ts'

/**
 * Records bytes of the blob store as an artifact of a run; another at the same path takes its place.
 * @throws {Failure} `tracking/unknownRun`, `tracking/badValue`
 */
export function logArtifact(
  workspace: Workspace,
  { runId, path, digest }: { readonly runId: string; readonly path: string; readonly digest: Digest },
): Promise<void> {
  return together(workspace.database, async (tables) => {
    holdName('artifact', path)
    const { number } = await heldRun(tables, runId)
    await putArtifact(tables, { run: number, path, digest, at_ms: workspace.clock.now() })
  })
}
