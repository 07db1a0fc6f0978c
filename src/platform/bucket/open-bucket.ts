import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { ByteRange } from '../blobs.ts'
import { copyObject } from './copy-object.ts'
import { listObjects, listUploads, type BegunUpload, type StoredObject } from './lists.ts'
import { abortUpload, makeOfParts } from './parts.ts'
import { encoded, requestsTo, type BucketAddress } from './requests.ts'

/** Objects of an S3 bucket by their keys. Each call may throw `platform/bucketUnreachable` and `platform/bucketRefused`. */
export interface Bucket {
  /** Undefined where there is no such object. */
  sizeBytes(key: string): Promise<number | undefined>
  /** All of an object or a range of it; undefined where there is none. */
  read(key: string, range?: ByteRange): Promise<Readable | undefined>
  put(key: string, body: Buffer<ArrayBuffer>): Promise<void>
  /** Puts a file there, in parts where it is large: the object is there once all of it is. */
  putFile(key: string, file: string): Promise<void>
  /** Copies an object within the bucket, where its bytes are. @returns whether there was such an object */
  copy(key: string, to: { readonly key: string; readonly sizeBytes: number }): Promise<boolean>
  /** Fine where there is no such object. */
  remove(key: string): Promise<void>
  /** All objects whose keys begin so, page by page in the order of their keys. */
  list(prefix: string): AsyncGenerator<readonly StoredObject[], undefined>
  /** Uploads in parts that have not ended, of objects whose keys begin so. */
  uploads(prefix: string): AsyncGenerator<readonly BegunUpload[], undefined>
  abort(upload: BegunUpload): Promise<void>
}

/** What a server takes with one request. */
export interface BucketLimits {
  /** The largest object that is copied at once, and the size of the parts of larger ones. */
  readonly copyBytes: number
  /** Objects in a page of a list. */
  readonly listKeys: number
}

/** Speaks to a bucket by S3's REST API. */
export function openBucket(address: BucketAddress, limits: BucketLimits = limitsOfS3): Bucket {
  const send = requestsTo(address)
  const sizeBytes = async (key: string): Promise<number | undefined> => {
    const answer = await send({ method: 'HEAD', key, allows: [404] })
    return answer.ok ? Number(answer.header('content-length')) : undefined
  }
  const put = async (key: string, body: Buffer<ArrayBuffer>): Promise<void> => {
    await send({ method: 'PUT', key, body })
  }
  return {
    sizeBytes,
    put,
    read: async (key, range) => {
      const headers = range ? { range: `bytes=${range.first}-${range.last}` } : {}
      const answer = await send({ method: 'GET', key, headers, allows: [404], streams: true })
      return answer.ok ? answer.stream : undefined
    },
    putFile: async (key, file) => {
      const whole = { from: 0, sizeBytes: (await stat(file)).size }
      await using handle = await open(file, 'r')
      if (whole.sizeBytes <= leastPartBytes) return await put(key, await readWhole(handle, whole))
      return await makeOfParts(send, key, {
        sizeBytes: whole.sizeBytes,
        partBytes: leastPartBytes,
        sendPart: async ({ query, ...part }) => {
          const answer = await send({ method: 'PUT', key, query, body: await readWhole(handle, part) })
          return answer.header('etag') ?? ''
        },
      })
    },
    copy: async (key, to) => {
      try {
        await copyObject(send, `${address.bucket}/${key}`, { ...to, copyBytes: limits.copyBytes })
        return true
      } catch (error) {
        if ((await sizeBytes(key)) === undefined) return false
        throw error
      }
    },
    remove: async (key) => {
      await send({ method: 'DELETE', key, allows: [404] })
    },
    list: (prefix) => listObjects(send, { prefix, listKeys: limits.listKeys }),
    uploads: (prefix) => listUploads(send, prefix),
    abort: ({ key, id }) => abortUpload(send, { key, id: encoded(id) }),
  }
}

async function readWhole(
  handle: Awaited<ReturnType<typeof open>>,
  { from, sizeBytes }: { readonly from: number; readonly sizeBytes: number },
): Promise<Buffer<ArrayBuffer>> {
  const into = Buffer.allocUnsafe(sizeBytes)
  for (let held = 0; held < into.length;) {
    const { bytesRead } = await handle.read(into, held, into.length - held, from + held)
    if (bytesRead === 0) throw new Error('The file became shorter while it was sent')
    held += bytesRead
  }
  return into
}

/** One in memory at a time; servers take no smaller ones but the last. */
const leastPartBytes = 16_777_216

const limitsOfS3: BucketLimits = { copyBytes: 5_368_709_120, listKeys: 1000 }
