import type { Workspace } from '#platform'
import { readParts } from '../store.ts'
import { compactPredictions, type Compaction } from './compact-predictions.ts'
import { recoverLog } from './recover-log.ts'

/**
 * Merges the logs of every name that has files to merge or to remove, those of model files (`model/NAME`) included, one
 * name after another.
 * @returns what was done to all of them
 */
export async function compactLogs(workspace: Workspace): Promise<Compaction> {
  await recoverLog(workspace)
  const parts = await readParts(workspace.database, { states: ['sealed', 'obsolete'] })
  const names = new Set(
    parts.filter(({ kind, state }) => kind === 'segment' || state === 'obsolete').map(({ system }) => system),
  )
  const done = { merged: 0, rows: 0, removed: 0 }
  for (const system of names) {
    const { merged, rows, removed } = await compactPredictions(workspace, { system })
    done.merged += merged
    done.rows += rows
    done.removed += removed
  }
  return done
}
