import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { messageOf } from '../failure.ts'
import { fail } from '../failures.ts'
import { textIn } from './s3-xml.ts'

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

/** A request about an object; about the bucket itself where the key is empty. */
export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly key: string
  readonly query?: string
  readonly body?: Buffer<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that are answers too. */
  readonly allows?: readonly number[]
  /** What a refusal says was attempted, such as 'list the bucket'; the method and the key where absent. */
  readonly attempt?: string
}

/**
 * Asks the server of a bucket, again where that can help: only requests that can be made twice are made.
 * @throws {Failure} `platform/bucketUnreachable`, `platform/bucketRefused`
 */
export type Send = (asked: Asked) => Promise<Response>

/** Signed requests to a bucket. */
export function requestsTo(address: BucketAddress): Send {
  const client = new AwsClient({ ...signer(address), service: 's3', region: address.region, retries: 4 })
  const root = rootOf(address)
  return async (asked) => {
    const { method, key, query = '', body, headers = {} } = asked
    const url = `${root}/${pathOfKey(key)}${query}`
    for (let attempt = 0; ; attempt++)
      try {
        const given = body === undefined ? { headers } : { body, headers: { ...headers, ...checksum(body) } }
        const answer = await client.fetch(url, { method, ...given })
        if (answer.ok || asked.allows?.includes(answer.status)) return answer
        throw refusal(asked, { status: answer.status, text: await answer.text() })
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
        const delayMs = delaysMs[attempt]
        const cause = messageOf(error.cause ?? error)
        if (delayMs === undefined)
          throw fail('bucketUnreachable', `Cannot reach the bucket '${address.bucket}': ${cause}`, { cause: error })
        await wait(delayMs)
      }
  }
}

/** A key as it stands in addresses. */
export const pathOfKey = (key: string): string => key.split('/').map(encodeURIComponent).join('/')

/** What a server says no with. */
export function refusal(asked: Asked, { status, text }: { readonly status: number; readonly text: string }) {
  const { method, key, attempt = `${method} '${key}' in the bucket` } = asked
  const kind = status >= 500 || status === 429 ? 'bucketUnreachable' : 'bucketRefused'
  return fail(kind, `Cannot ${attempt}: ${textIn(text, 'Code') ?? `status ${status}`}`)
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

const delaysMs = [100, 500, 1500]
