import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, storageFailure } from './failures.ts'
import type { Clock, EpochMs } from './clock.ts'
import type { Ids } from './ids.ts'

/** SHA-256 of some bytes, 64 hex digits: their name in the store. */
export type Digest = string

/** Bytes by their content: equal bytes are stored once, and what is there is whole. */
export interface Blobs {
  put(bytes: Uint8Array | string): Promise<Digest>
  /** Takes a file into the store by moving it. It must be on the same disk: make it with {@link Blobs.scratchPath}. */
  adopt(file: string): Promise<Digest>
  /** @throws {Failure} `platform/missingBlob` */
  read(digest: Digest): Promise<Buffer>
  has(digest: Digest): Promise<boolean>
  /** The file that holds the bytes; read it, never write it. */
  pathOf(digest: Digest): string
  /** A path for a file in the making; left-overs are swept when the store opens. */
  scratchPath(extension: string): string
}

/** Opens a folder of content-addressed files, creating it when missing. */
export async function openBlobs(folder: string, { ids, clock }: { ids: Ids; clock: Clock }): Promise<Blobs> {
  const scratch = join(folder, 'scratch')
  try {
    await mkdir(scratch, { recursive: true })
    await sweep(scratch, clock.now() - leftOverAfterMs)
  } catch (error) {
    throw storageFailure(`open the folder '${folder}'`, error)
  }
  const pathOf = (digest: Digest): string => join(folder, digest.slice(0, 2), digest)
  const scratchPath = (extension: string): string => join(scratch, `${ids.next('tmp')}.${extension}`)
  const has = (digest: Digest): Promise<boolean> =>
    access(pathOf(digest)).then(
      () => true,
      () => false,
    )
  const adopt = async (file: string): Promise<Digest> => {
    try {
      const digest = await fileDigest(file)
      await sync(file)
      if (await has(digest)) {
        await rm(file)
        return digest
      }
      const shard = join(folder, digest.slice(0, 2))
      await mkdir(shard, { recursive: true })
      await rename(file, pathOf(digest))
      await sync(shard)
      return digest
    } catch (error) {
      throw storageFailure('store a file', error)
    }
  }
  return {
    has,
    pathOf,
    scratchPath,
    adopt,
    put: async (bytes) => {
      const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
      const digest = createHash('sha256').update(data).digest('hex')
      if (await has(digest)) return digest
      const file = scratchPath('bin')
      try {
        await using handle = await open(file, 'w')
        await handle.writeFile(data)
      } catch (error) {
        await rm(file, { force: true })
        throw storageFailure('store bytes', error)
      }
      return adopt(file)
    },
    read: async (digest) => {
      try {
        return await readFile(pathOf(digest))
      } catch (error) {
        throw fail('missingBlob', `Cannot read '${digest.slice(0, 12)}…': the store does not hold it`, { cause: error })
      }
    },
  }
}

/** SHA-256 of a file's bytes, read as a stream. */
export async function fileDigest(file: string): Promise<Digest> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(part as Buffer)
  return hash.digest('hex')
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

/** Files in the making belong to a process that may still run: only what is older than this was left by a dead one. */
const leftOverAfterMs = 86_400_000

async function sweep(folder: string, before: EpochMs): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    const found = await stat(file).catch(() => undefined)
    if (found && found.mtimeMs < before) await rm(file, { force: true })
  }
}
