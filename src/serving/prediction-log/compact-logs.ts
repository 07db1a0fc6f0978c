import type { Workspace } from '#platform'
import { systemsToCompact } from '../store.ts'
import { compactPredictions, removableBefore, type Compaction } from './compact-predictions.ts'
import { recoverLog } from './recover-log.ts'

/**
 * Merges the logs of every name that has files to merge or to remove, those of model files (`model/NAME`) included, one
 * name after another.
 * @returns what was done to all of them
 */
export async function compactLogs(workspace: Workspace): Promise<Compaction> {
  const done = { merged: 0, rows: 0, removed: 0 }
  for (const system of await namesToCompact(workspace)) {
    const { merged, rows, removed } = await compactPredictions(workspace, { system })
    done.merged += merged
    done.rows += rows
    done.removed += removed
  }
  return done
}

/** Whether {@link compactLogs} would find anything to do. */
export async function needsCompaction(workspace: Workspace): Promise<boolean> {
  return (await namesToCompact(workspace)).length > 0
}

async function namesToCompact(workspace: Workspace): Promise<readonly string[]> {
  await recoverLog(workspace)
  return systemsToCompact(workspace.database, removableBefore(workspace.clock.now()))
}
