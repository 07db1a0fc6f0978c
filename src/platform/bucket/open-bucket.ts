import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import type { ByteRange } from '../blobs.ts'
import { messageOf } from '../failure.ts'
import { fail } from '../failures.ts'

/** Where a bucket is, and as whom it is asked. */
export interface BucketAddress {
  readonly bucket: string
  /** Of a server that is not Amazon's own. */
  readonly endpoint?: string | undefined
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** Objects of an S3 bucket by their keys. Each call may throw `platform/bucketUnreachable` and `platform/bucketRefused`. */
export interface Bucket {
  /** Undefined where there is no such object. */
  sizeBytes(key: string): Promise<number | undefined>
  /** All of an object or a range of it; undefined where there is none. */
  read(key: string, range?: ByteRange): Promise<Readable | undefined>
  /** Puts a file there, in parts where it is large: the object is there once all of it is. */
  putFile(key: string, file: string): Promise<void>
}

/** Speaks to a bucket by S3's REST API. */
export function openBucket(address: BucketAddress): Bucket {
  const client = new AwsClient({ ...signer(address), service: 's3', region: address.region, retries: 4 })
  const root = rootOf(address)
  const send = async (asked: Asked): Promise<Response> => {
    const { method, key, query = '', body, headers = {} } = asked
    const url = `${root}/${key.split('/').map(encodeURIComponent).join('/')}${query}`
    for (let attempt = 0; ; attempt++)
      try {
        const given = body === undefined ? { headers } : { body, headers: { ...headers, ...checksum(body) } }
        const answer = await client.fetch(url, { method, ...given })
        if (answer.ok || asked.allows?.includes(answer.status)) return answer
        throw refusal(asked, { status: answer.status, text: await answer.text() })
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
        // Only requests that can be made twice are made here.
        const delayMs = delaysMs[attempt]
        const cause = messageOf(error.cause ?? error)
        if (delayMs === undefined)
          throw fail('bucketUnreachable', `Cannot reach the bucket '${address.bucket}': ${cause}`, { cause: error })
        await wait(delayMs)
      }
  }
  const putParts = async (key: string, { file, sizeBytes }: { file: string; sizeBytes: number }): Promise<void> => {
    const began = await (await send({ method: 'POST', key, query: '?uploads' })).text()
    const upload = encodeURIComponent(/<UploadId>([^<]+)<\/UploadId>/.exec(began)?.[1] ?? '')
    try {
      await using handle = await open(file, 'r')
      const partBytes = Math.max(leastPartBytes, Math.ceil(sizeBytes / mostParts))
      const tags: string[] = []
      for (let from = 0; from < sizeBytes; from += partBytes) {
        const body = Buffer.allocUnsafe(Math.min(partBytes, sizeBytes - from))
        await readWhole(handle, { into: body, from })
        const query = `?partNumber=${tags.length + 1}&uploadId=${upload}`
        tags.push((await send({ method: 'PUT', key, query, body })).headers.get('etag') ?? '')
      }
      const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join('')
      const body = Buffer.from(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`)
      const done: Asked = { method: 'POST', key, query: `?uploadId=${upload}`, body }
      const text = await (await send(done)).text()
      // The status came before the parts were put together.
      if (text.includes('<Error>')) throw refusal(done, { status: 500, text })
    } catch (error) {
      await send({ method: 'DELETE', key, query: `?uploadId=${upload}`, allows: [404] }).catch(() => undefined)
      throw error
    }
  }
  return {
    sizeBytes: async (key) => {
      const answer = await send({ method: 'HEAD', key, allows: [404] })
      return answer.ok ? Number(answer.headers.get('content-length')) : undefined
    },
    read: async (key, range) => {
      const headers = range ? { range: `bytes=${range.first}-${range.last}` } : {}
      const answer = await send({ method: 'GET', key, headers, allows: [404] })
      if (answer.ok) return answer.body ? Readable.fromWeb(answer.body as never) : Readable.from([])
      await answer.body?.cancel()
      return undefined
    },
    putFile: async (key, file) => {
      const sizeBytes = (await stat(file)).size
      if (sizeBytes > leastPartBytes) return putParts(key, { file, sizeBytes })
      const body = Buffer.allocUnsafe(sizeBytes)
      await using handle = await open(file, 'r')
      await readWhole(handle, { into: body, from: 0 })
      await send({ method: 'PUT', key, body })
    },
  }
}

interface Asked {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly key: string
  readonly query?: string
  readonly body?: Buffer<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that are answers too. */
  readonly allows?: readonly number[]
}

function signer({ accessKeyId, secretAccessKey, sessionToken }: BucketAddress) {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

/** Names with dots have no certificate as part of a host. */
function rootOf({ bucket, endpoint, region }: BucketAddress): string {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, '')}/${bucket}`
  return bucket.includes('.')
    ? `https://s3.${region}.amazonaws.com/${bucket}`
    : `https://${bucket}.s3.${region}.amazonaws.com`
}

/** What the server compares with what it got. */
const checksum = (body: Uint8Array): Record<string, string> => ({
  'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
})

function refusal({ method, key }: Asked, { status, text }: { readonly status: number; readonly text: string }) {
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? `status ${status}`
  const kind = status >= 500 || status === 429 ? 'bucketUnreachable' : 'bucketRefused'
  return fail(kind, `Cannot ${method} '${key}' in the bucket: ${code}`)
}

async function readWhole(
  handle: Awaited<ReturnType<typeof open>>,
  { into, from }: { readonly into: Buffer; readonly from: number },
): Promise<void> {
  for (let held = 0; held < into.length;) {
    const { bytesRead } = await handle.read(into, held, into.length - held, from + held)
    if (bytesRead === 0) throw new Error('The file became shorter while it was sent')
    held += bytesRead
  }
}

/** One in memory at a time; servers take no smaller ones but the last. */
const leastPartBytes = 16_777_216
const mostParts = 10_000
const delaysMs = [100, 500, 1500]
