import { DatabaseSync } from 'node:sqlite'
import { messageOf } from './failure.ts'
import { storageFailure } from './failures.ts'

/** A right that one process at a time holds. The machine takes it back when the process ends, however it ends. */
export interface Lock {
  release(): void
}

/**
 * Takes the lock that a file stands for, without waiting; the file is made when it is missing.
 *
 * It is SQLite's own lock on a database that is never written: unlike a file with a process id it cannot be left behind
 * by a process that was killed, and another process that got the same id cannot be taken for its holder.
 *
 * @returns nothing when someone else holds it, in this process or another
 * @throws {Failure} `platform/notWritable`, `platform/diskFull`
 */
export function takeLock(path: string): Lock | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('begin exclusive')
  } catch (error) {
    database?.close()
    if (/database is locked|busy/i.test(messageOf(error))) return undefined
    throw storageFailure(`lock '${path}'`, error)
  }
  const held = database
  let released = false
  return {
    release: () => {
      if (released) return
      released = true
      held.close()
    },
  }
}
