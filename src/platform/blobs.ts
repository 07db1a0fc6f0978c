import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fail, storageFailure } from './failures.ts'
import type { Clock, EpochMs } from './clock.ts'
import type { Digest } from './digest.ts'
import type { Ids } from './ids.ts'
import { syncPath } from './sync-path.ts'
import { scratchOf, sweepBlobs, undoSweep, type SweepOptions, type Swept } from './sweep-blobs.ts'

export type { Digest }

/** Bytes by their content: equal bytes are stored once, and what is there is whole. */
export interface Blobs {
  put(bytes: Uint8Array | string): Promise<Digest>
  /**
   * Takes bytes as they come, however many. They are in the store once all have come and are on the disk; where they break
   * off, none are.
   * @throws {Failure} `platform/diskFull`, and whatever the bytes broke off with
   */
  putStream(bytes: AsyncIterable<Uint8Array>): Promise<StoredBlob>
  /** Takes a file into the store by moving it. It must be on the same disk: make it with {@link Blobs.scratchPath}. */
  adopt(file: string): Promise<Digest>
  /** @throws {Failure} `platform/missingBlob` */
  read(digest: Digest): Promise<Buffer>
  /**
   * Reads bytes as they are asked for, all or those of a range. Whoever does not read to the end destroys the stream.
   * @throws {Failure} `platform/missingBlob`
   */
  openRead(digest: Digest, range?: ByteRange): Promise<Readable>
  /** @throws {Failure} `platform/missingBlob` */
  sizeBytes(digest: Digest): Promise<number>
  has(digest: Digest): Promise<boolean>
  /**
   * Sees to it that bytes stand in files of this machine, where {@link Blobs.pathOf} says, for an hour at least.
   * @throws {Failure} `platform/missingBlob` where the store is elsewhere and does not hold them
   */
  bringHere(digests: readonly Digest[]): Promise<void>
  /** The file that holds the bytes, once they were brought here; read it, never write it. */
  pathOf(digest: Digest): string
  /** A path for a file in the making; left-overs are swept when the store opens. */
  scratchPath(extension: string): string
  /** Takes away the bytes that nothing refers to, but for those that were put within the last day, and left-overs. */
  sweep(options: SweepOptions): Promise<Swept>
}

export interface StoredBlob {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** Bytes from the first, counted from 0, to the last, which is one of them. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** Opens a folder of content-addressed files, creating it when missing. */
export async function openBlobs(folder: string, { ids, clock }: { ids: Ids; clock: Clock }): Promise<Blobs> {
  const scratch = scratchOf(folder)
  const pathOf = (digest: Digest): string => join(folder, digest.slice(0, 2), digest)
  try {
    await mkdir(scratch, { recursive: true })
    await sweepScratch(scratch, clock.now() - leftOverAfterMs)
    await undoSweep({ folder, pathOf })
  } catch (error) {
    throw storageFailure(`open the folder '${folder}'`, error)
  }
  const scratchPath = (extension: string): string => join(scratch, `${ids.next('tmp')}.${extension}`)
  const has = (digest: Digest): Promise<boolean> =>
    access(pathOf(digest)).then(
      () => true,
      () => false,
    )
  /** Whether the bytes are there, and from now on safe from a sweep that found that nothing refers to them. */
  const touch = async (digest: Digest): Promise<boolean> => {
    const seconds = clock.now() / 1000
    try {
      await utimes(pathOf(digest), seconds, seconds)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  }
  /** Gives a file in the making its name, once it is on the disk. */
  const place = async (file: string, digest: Digest): Promise<void> => {
    if (await touch(digest)) {
      await rm(file)
      return
    }
    const shard = join(folder, digest.slice(0, 2))
    if ((await mkdir(shard, { recursive: true })) !== undefined) await syncPath(folder)
    await rename(file, pathOf(digest))
    await syncPath(shard)
  }
  const adopt = async (file: string): Promise<Digest> => {
    try {
      const digest = await fileDigest(file)
      await syncPath(file)
      await place(file, digest)
      return digest
    } catch (error) {
      throw storageFailure('store a file', error)
    }
  }
  return {
    has,
    bringHere: () => Promise.resolve(),
    pathOf,
    scratchPath,
    adopt,
    put: async (bytes) => {
      const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
      const digest = createHash('sha256').update(data).digest('hex')
      const file = scratchPath('bin')
      try {
        if (await touch(digest)) return digest
        await using handle = await open(file, 'w')
        await handle.writeFile(data)
      } catch (error) {
        await rm(file, { force: true })
        throw storageFailure('store bytes', error)
      }
      return adopt(file)
    },
    putStream: async (bytes) => {
      const file = scratchPath('bin')
      const hash = createHash('sha256')
      let sizeBytes = 0
      try {
        {
          await using handle = await open(file, 'wx')
          for await (const piece of pieces(bytes)) {
            hash.update(piece)
            sizeBytes += piece.length
            await handle.writeFile(piece)
          }
          await handle.sync()
        }
        const digest = hash.digest('hex')
        await place(file, digest)
        return { digest, sizeBytes }
      } catch (error) {
        await rm(file, { force: true })
        throw storageFailure('store bytes', error)
      }
    },
    read: (digest) => readFile(pathOf(digest)).catch(missing(digest)),
    openRead: async (digest, range) => {
      const handle = await open(pathOf(digest), 'r').catch(missing(digest))
      return handle.createReadStream({
        highWaterMark: pieceBytes,
        ...(range && { start: range.first, end: range.last }),
      })
    },
    sizeBytes: async (digest) => (await stat(pathOf(digest)).catch(missing(digest))).size,
    sweep: (options) => sweepBlobs({ folder, pathOf }, { ...options, before: clock.now() - leftOverAfterMs }),
  }
}

/** The same bytes in fewer pieces. All stand in one place: each is to be used before the next one is asked for. */
async function* pieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  const piece = Buffer.allocUnsafe(pieceBytes)
  let held = 0
  for await (const part of bytes)
    for (let from = 0; from < part.length;) {
      const taken = part.subarray(from, from + pieceBytes - held)
      piece.set(taken, held)
      held += taken.length
      from += taken.length
      if (held < pieceBytes) continue
      yield piece
      held = 0
    }
  if (held > 0) yield piece.subarray(0, held)
}

/** SHA-256 of a file's bytes, read as a stream. */
export async function fileDigest(file: string): Promise<Digest> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(part as Buffer)
  return hash.digest('hex')
}

const missing =
  (digest: Digest) =>
  (error: unknown): never => {
    throw fail('missingBlob', `Cannot read '${digest.slice(0, 12)}…': the store does not hold it`, { cause: error })
  }

/** Large enough that each costs little, small enough that many may be read and written at once. */
const pieceBytes = 262_144

/** Files in the making belong to a process that may still run, and bytes to a fact that is not written yet: only older ones were left. */
const leftOverAfterMs = 86_400_000

async function sweepScratch(folder: string, before: EpochMs): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    const found = await stat(file).catch(() => undefined)
    if (found && found.mtimeMs < before) await rm(file, { force: true })
  }
}
