import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { StoredBlob } from './blobs.ts'
import type { EpochMs } from './clock.ts'
import { fail, storageFailure } from './failures.ts'

/** A folder of files in the making, by names that their owner gives: it also says which are wanted no more. */
export interface Spool {
  /**
   * Writes bytes as they come, in the place of a file of that name; where they break off, nothing stays.
   * @param options.mostBytes beyond which they are refused
   * @throws {Failure} `platform/diskFull`, `platform/tooManyBytes`, and whatever the bytes broke off with
   */
  write(name: string, bytes: AsyncIterable<Uint8Array>, options: { readonly mostBytes: number }): Promise<StoredBlob>
  /** Reads a file as it is asked for. @throws what the machine says where it is gone */
  read(name: string): Promise<Readable>
  /** Removes files; ones that are not there are as good as removed. */
  remove(names: Iterable<string>): Promise<void>
  /** Names of the files that were last written before a moment. */
  names(when: { readonly before: EpochMs }): Promise<readonly string[]>
}

/**
 * A spool in a folder, which is made when something is written.
 * @param folder of this spool alone
 */
export function openSpool(folder: string): Spool {
  /** Names come from the store, never from callers; one that led elsewhere would be a mistake of ours. */
  const pathOf = (name: string): string => {
    if (!/^[\w-]+(?:\.[\w-]+)*$/.test(name)) throw new RangeError(`Not a name for a file in the making: '${name}'`)
    return join(folder, name)
  }
  const remove = (name: string): Promise<void> => rm(pathOf(name), { force: true })
  return {
    write: async (name, bytes, { mostBytes }) => {
      const path = pathOf(name)
      const hash = createHash('sha256')
      let sizeBytes = 0
      try {
        await mkdir(folder, { recursive: true })
        await using handle = await open(path, 'w')
        for await (const piece of bytes) {
          sizeBytes += piece.length
          if (sizeBytes > mostBytes) throw fail('tooManyBytes', `Cannot take more than ${mostBytes} bytes in one piece`)
          hash.update(piece)
          await handle.writeFile(piece)
        }
      } catch (error) {
        await remove(name)
        throw storageFailure('store bytes', error)
      }
      return { digest: hash.digest('hex'), sizeBytes }
    },
    read: async (name) => (await open(pathOf(name), 'r')).createReadStream({ highWaterMark: 1 << 18 }),
    remove: async (names) => {
      for (const name of names) await remove(name)
    },
    names: async ({ before }) => {
      const all = await readdir(folder).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw storageFailure(`read the folder '${folder}'`, error)
      })
      const writtenAt = (name: string) => stat(join(folder, name)).then(({ mtimeMs }) => mtimeMs)
      const times = await Promise.all(all.map((name) => writtenAt(name).catch(() => Infinity)))
      return all.filter((_, place) => (times[place] as number) < before)
    },
  }
}
