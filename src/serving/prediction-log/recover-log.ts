import { rm } from 'node:fs/promises'
import { takeLock, type Workspace } from '#platform'
import { openWriters, readParts, sealPart } from '../store.ts'
import { partPath, writerLockPath } from './log-folder.ts'
import { recoverSegment } from './recover-segment.ts'

/**
 * Seals the segments of writers that died: each is cut after its last whole line. Those of writers that live are left
 * alone, whichever process they are in.
 * @returns how many segments were sealed
 */
export async function recoverLog(workspace: Workspace): Promise<number> {
  let sealed = 0
  for (const writer of await openWriters(workspace.database)) {
    const lockPath = writerLockPath(workspace, writer)
    const lock = takeLock(lockPath)
    if (!lock) continue
    // Whoever held the lock is gone: what is open of it now is all that will ever be.
    const open = await readParts(workspace.database, { states: ['open'] })
    for (const part of open) {
      if (part.writer !== writer) continue
      const content = await recoverSegment(partPath(workspace, part.name))
      await sealPart(workspace.database, part.name, { ...content, atMs: workspace.clock.now() })
      sealed++
    }
    lock.release()
    await rm(lockPath, { force: true })
  }
  return sealed
}
