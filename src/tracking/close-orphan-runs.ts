import type { Workspace } from '#platform'
import { mayBeAlive } from './environment.ts'
import type { RunId } from './schema.ts'
import { findOwnRuns, updateOrigin, updateRun } from './store/runs.ts'
import { together } from './store/tables.ts'

/**
 * Marks runs as failed whose process is gone. Called once when a process starts, before it starts any run itself; runs
 * of other processes of this machine that are still alive are left alone.
 * @returns the runs that were closed
 */
export async function closeOrphanRuns(workspace: Workspace): Promise<readonly RunId[]> {
  const running = await findOwnRuns(workspace.database, { status: 'running', limit: Number.MAX_SAFE_INTEGER })
  const orphans = running.filter((row) => !mayBeAlive(row.owner))
  await together(workspace.database, async (tables) => {
    for (const { number } of orphans) {
      await updateRun(tables, number, { status: 'failed', finished_at_ms: workspace.clock.now() })
      await updateOrigin(tables, number, {
        failure: JSON.stringify({ code: null, message: 'Its process ended before it did' }),
      })
    }
  })
  return orphans.map((row) => row.id)
}
