import { join } from 'node:path'
import { iso, takeLock, type Failure, type Workspace } from '#platform'
import { locationsOfVersions } from '#registry'
import { collectDeleted } from '#tracking'
import { fail } from './failures.ts'
import { referred } from './referred.ts'
import type { CollectionReport } from './schema.ts'

export interface CollectOptions {
  /** How long what was deleted can be restored, in milliseconds. */
  readonly olderThanMs: number
  /** Only counts what would go. */
  readonly dryRun?: boolean
}

/**
 * Removes what was deleted longer ago than it can be restored, and then all bytes that nothing refers to.
 * @throws {Failure} `collection/underWay` where this or another process is at it
 */
export async function collect(workspace: Workspace, options: CollectOptions): Promise<CollectionReport> {
  const lock = takeLock(join(workspace.folder, 'collection.lock'))
  if (!lock) throw fail('underWay', 'Cannot collect what was deleted: a collection is under way, wait for its end')
  try {
    const { olderThanMs, dryRun = false } = options
    const deletedBefore = workspace.clock.now() - olderThanMs
    const neededUris = await locationsOfVersions(workspace.database)
    const facts = await collectDeleted(workspace, { deletedBefore, dryRun, neededUris })
    const going = dryRun ? facts.removed : new Map()
    let last: ReadonlySet<string> = new Set()
    const swept = await workspace.blobs.sweep({
      dryRun,
      referred: async () => (last = await referred(workspace, going)),
    })
    const removed = [...facts.removed]
    const report = {
      dryRun,
      deletedBefore: iso(deletedBefore),
      experiments: facts.experiments,
      runs: facts.runs,
      loggedModels: facts.loggedModels,
      files: removed.reduce((sum, [, { count }]) => sum + count, 0),
      blobs: swept.blobs,
      bytesFreed: swept.bytesFreed,
      bytesKept: removed.reduce((sum, [digest, { sizeBytes }]) => sum + (last.has(digest) ? sizeBytes : 0), 0),
      bytesWaiting: swept.bytesWaiting,
      leftOvers: swept.leftOvers,
      ...(swept.stoppedBy && { stoppedBy: shown(swept.stoppedBy) }),
    }
    workspace.log[swept.stoppedBy ? 'error' : 'info'](report, 'collect what was deleted')
    return report
  } finally {
    lock.release()
  }
}

const shown = ({ code, message, remedy }: Failure) => ({ code, message, remedy })
