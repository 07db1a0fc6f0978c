import type { Blobs, Digest } from '../blobs.ts'
import type { Clock } from '../clock.ts'
import { fail } from '../failures.ts'
import type { Ids } from '../ids.ts'
import type { BucketKeys } from './bucket-keys.ts'
import type { StoredObject } from './lists.ts'
import type { Bucket } from './open-bucket.ts'
import type { RecentFiles } from './recent-files.ts'
import { sweepBucket } from './sweep-bucket.ts'

/**
 * Bytes in a bucket. What is put is spooled to the folder, and is in the store once the bucket has it; what is read by its path
 * is brought to the folder, which forgets what was not asked for longest. The folder alone never tells that the store has bytes.
 */
export function bucketBlobs(options: {
  readonly bucket: Bucket
  readonly keys: BucketKeys
  readonly folder: Blobs
  readonly recent: RecentFiles
  /** The name of the store, which no other has that keeps its bytes in the bucket. */
  readonly storeName: () => Promise<string>
  readonly clock: Clock
  readonly ids: Ids
}): Blobs {
  const { bucket, keys, folder, recent } = options
  const keyOfStore = async (): Promise<string> => `${keys.stores}${await options.storeName()}`
  let told: Promise<void> | undefined
  /** Says in the bucket that this store has bytes there: no other store sweeps it then. */
  const tell = async (): Promise<void> => {
    told ??= keyOfStore().then((key) => bucket.put(key, Buffer.alloc(0)))
    await told.catch((error: unknown) => {
      told = undefined
      throw error
    })
  }
  const keep = async (digest: Digest): Promise<void> => {
    await tell()
    if ((await bucket.sizeBytes(keys.contents(digest))) === undefined)
      await bucket.putFile(keys.contents(digest), folder.pathOf(digest))
    await recent.used(folder.pathOf(digest))
  }
  const aside = async function* (digest: Digest): AsyncGenerator<StoredObject, undefined> {
    for await (const page of bucket.list(keys.aside.prefix(digest)))
      for (const object of page) if (keys.aside.digestOf(object.key) === digest) yield object
  }
  /** Looks at the place of some bytes and, where they are gone, where a sweep may have set them aside. */
  const find = async <T>(digest: Digest, look: (key: string) => Promise<T | undefined>): Promise<T | undefined> => {
    const place = keys.contents(digest)
    const found = await look(place)
    if (found !== undefined) return found
    for await (const { key } of aside(digest)) {
      const held = await look(key)
      if (held !== undefined) return held
    }
    // They may have come back meanwhile.
    return look(place)
  }
  const missing = (digest: Digest) =>
    fail('missingBlob', `Cannot read '${digest.slice(0, 12)}…': the bucket does not hold it`)
  const coming = new Map<Digest, Promise<void>>()
  const bring = async (digest: Digest): Promise<void> => {
    if (!(await folder.has(digest))) {
      const bytes = await find(digest, (key) => bucket.read(key))
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
    sweep: async (sweeping) =>
      sweepBucket(
        { bucket, keys, clock: options.clock, name: options.ids.next('sweep'), store: await keyOfStore() },
        sweeping,
      ),
    has: async (digest) => {
      const key = keys.contents(digest)
      if ((await bucket.sizeBytes(key)) !== undefined) return true
      // Whoever is told that bytes are there may rely on it a day long, which those that stand aside may not have left.
      for await (const object of aside(digest))
        if (await bucket.copy(object.key, { key, sizeBytes: object.sizeBytes })) return true
      return (await bucket.sizeBytes(key)) !== undefined
    },
    read: async (digest) => {
      await bringOnce(digest)
      return folder.read(digest)
    },
    openRead: async (digest, range) => {
      if (await folder.has(digest)) return folder.openRead(digest, range)
      const bytes = await find(digest, (key) => bucket.read(key, range))
      if (!bytes) throw missing(digest)
      return bytes
    },
    sizeBytes: async (digest) => {
      if (await folder.has(digest)) return folder.sizeBytes(digest)
      const found = await find(digest, (key) => bucket.sizeBytes(key))
      if (found === undefined) throw missing(digest)
      return found
    },
  }
}
