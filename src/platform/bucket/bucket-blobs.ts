import type { Blobs, Digest } from '../blobs.ts'
import { fail } from '../failures.ts'
import type { Bucket } from './open-bucket.ts'
import type { RecentFiles } from './recent-files.ts'

/**
 * Bytes in a bucket. What is put is spooled to the folder, and is in the store once the bucket has it; what is read by its path
 * is brought to the folder, which forgets what was not asked for longest.
 */
export function bucketBlobs(options: {
  readonly bucket: Bucket
  /** Before each key: empty, or a path with a slash at its end. */
  readonly prefix: string
  readonly folder: Blobs
  readonly recent: RecentFiles
}): Blobs {
  const { bucket, prefix, folder, recent } = options
  const keyOf = (digest: Digest): string => `${prefix}${digest.slice(0, 2)}/${digest}`
  const keep = async (digest: Digest): Promise<void> => {
    if ((await bucket.sizeBytes(keyOf(digest))) === undefined)
      await bucket.putFile(keyOf(digest), folder.pathOf(digest))
    await recent.used(folder.pathOf(digest))
  }
  const missing = (digest: Digest) =>
    fail('missingBlob', `Cannot read '${digest.slice(0, 12)}…': the bucket does not hold it`)
  const coming = new Map<Digest, Promise<void>>()
  const bring = async (digest: Digest): Promise<void> => {
    if (!(await folder.has(digest))) {
      const bytes = await bucket.read(keyOf(digest))
      if (!bytes) throw missing(digest)
      const { digest: found } = await folder.putStream(bytes)
      if (found !== digest)
        throw fail('damagedStore', `Cannot read '${digest.slice(0, 12)}…': the bucket holds other bytes of that name`)
    }
    await recent.used(folder.pathOf(digest))
  }
  const bringOnce = (digest: Digest): Promise<void> => {
    const held = coming.get(digest) ?? bring(digest).finally(() => coming.delete(digest))
    coming.set(digest, held)
    return held
  }
  return {
    pathOf: (digest) => folder.pathOf(digest),
    scratchPath: (extension) => folder.scratchPath(extension),
    put: async (bytes) => {
      const digest = await folder.put(bytes)
      await keep(digest)
      return digest
    },
    putStream: async (bytes) => {
      const stored = await folder.putStream(bytes)
      await keep(stored.digest)
      return stored
    },
    adopt: async (file) => {
      const digest = await folder.adopt(file)
      await keep(digest)
      return digest
    },
    bringHere: async (digests) => {
      for (const digest of digests) await bringOnce(digest)
    },
    // What a bucket holds is left to it: nothing there tells what was just put again.
    sweep: () => Promise.resolve({ blobs: 0, bytesFreed: 0, bytesWaiting: 0, leftOvers: 0 }),
    has: async (digest) => (await bucket.sizeBytes(keyOf(digest))) !== undefined,
    read: async (digest) => {
      await bringOnce(digest)
      return folder.read(digest)
    },
    openRead: async (digest, range) => {
      if (await folder.has(digest)) return folder.openRead(digest, range)
      const bytes = await bucket.read(keyOf(digest), range)
      if (!bytes) throw missing(digest)
      return bytes
    },
    sizeBytes: async (digest) => {
      if (await folder.has(digest)) return folder.sizeBytes(digest)
      const found = await bucket.sizeBytes(keyOf(digest))
      if (found === undefined) throw missing(digest)
      return found
    },
  }
}
