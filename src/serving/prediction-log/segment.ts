import { ftruncateSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { storageFailure } from '#platform'

/** A file that lines are added to at its end. */
export interface Segment {
  sizeBytes(): number
  /** Whether the disk let it down after lines were promised: it takes no more, and another has to follow. */
  isBroken(): boolean
  /**
   * Writes whole lines at the end at once, where nothing has to be waited for.
   * @returns false where they could not be, or have to be forced onto the disk: the file is as it was before
   */
  addNow(lines: Buffer): boolean
  /**
   * Writes whole lines at the end.
   * @throws {Failure} `platform/diskFull`, `platform/notWritable`: then the file is as it was before
   */
  add(lines: Buffer): Promise<void>
  /** Forces what was written onto the disk, and ends. */
  close(): Promise<void>
}

/**
 * Makes a new segment.
 * @param options.syncMs how often its bytes are forced onto the disk; 0 for each time that lines are added
 * @throws {Failure} `platform/diskFull`, `platform/notWritable`
 */
export async function createSegment(path: string, options: { readonly syncMs: number }): Promise<Segment> {
  const { syncMs } = options
  const attempt = 'write to the prediction log'
  const handle = await open(path, 'ax').catch((error: unknown) => {
    throw storageFailure(attempt, error)
  })
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
  let sizeBytes = 0
  let syncedBytes = 0
  let syncing: Promise<void> | undefined
  /** What the disk refused after the lines were promised: nothing more is promised of this file. */
  let broken: unknown
  const sync = (): Promise<void> => {
    const until = sizeBytes
    return handle.datasync().then(() => {
      syncedBytes = until
    })
  }
  const timer =
    syncMs === 0
      ? undefined
      : setInterval(() => {
          if (syncing || syncedBytes === sizeBytes) return
          syncing = sync()
            .catch((error: unknown) => (broken = error))
            .then(() => (syncing = undefined))
        }, syncMs).unref()
  // Handing bytes to the operating system takes microseconds here; by way of another thread, whoever waits would wait
  // for that thread to get a processor.
  const writeNow = (lines: Buffer): void => {
    let written = 0
    while (written < lines.length) written += writeSync(handle.fd, lines, written)
    sizeBytes += lines.length
  }
  return {
    sizeBytes: () => sizeBytes,
    isBroken: () => broken !== undefined,
    addNow: (lines) => {
      if (broken !== undefined || syncMs === 0) return false
      try {
        writeNow(lines)
        return true
      } catch {
        try {
          ftruncateSync(handle.fd, sizeBytes)
        } catch (refused) {
          broken = refused
        }
        return false
      }
    },
    add: async (lines) => {
      if (broken !== undefined) throw storageFailure(attempt, broken)
      try {
        if (syncMs > 0) return writeNow(lines)
        let written = 0
        while (written < lines.length) written += (await handle.write(lines, written)).bytesWritten
        await handle.datasync()
        sizeBytes += lines.length
      } catch (error) {
        // What was refused must not turn up later: the file goes back to what was promised.
        await handle.truncate(sizeBytes).catch((refused: unknown) => (broken = refused))
        throw storageFailure(attempt, error)
      }
    },
    close: async () => {
      clearInterval(timer)
      await syncing
      try {
        if (syncedBytes < sizeBytes && syncMs > 0) await handle.datasync()
      } finally {
        await handle.close()
      }
    },
  }
}
