import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { storageFailure } from '#platform'

/** A file that lines are added to at its end. */
export interface Segment {
  sizeBytes(): number
  /**
   * Writes whole lines at the end and waits for the disk.
   * @throws {Failure} `platform/diskFull`, `platform/notWritable`: then the file is as it was before
   */
  add(lines: Buffer): Promise<void>
  close(): Promise<void>
}

/** Makes a new segment. @throws {Failure} `platform/diskFull`, `platform/notWritable` */
export async function createSegment(path: string): Promise<Segment> {
  const attempt = 'write to the prediction log'
  const handle = await open(path, 'ax').catch((error: unknown) => {
    throw storageFailure(attempt, error)
  })
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
  let sizeBytes = 0
  return {
    sizeBytes: () => sizeBytes,
    add: async (lines) => {
      try {
        let written = 0
        while (written < lines.length) written += (await handle.write(lines, written)).bytesWritten
        await handle.datasync()
        sizeBytes += lines.length
      } catch (error) {
        // What was refused must not turn up later: the file goes back to what was promised.
        await handle.truncate(sizeBytes)
        throw storageFailure(attempt, error)
      }
    },
    close: () => handle.close(),
  }
}
