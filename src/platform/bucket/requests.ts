import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { isFailure, messageOf, type Failure } from '../failure.ts'
import { fail } from '../failures.ts'
import { exchange } from '../http/exchange.ts'
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
  /** Whether the body of the answer is read as it comes. */
  readonly streams?: boolean
  /** Statuses that are answers too. */
  readonly allows?: readonly number[]
  /** What a refusal says was attempted, such as 'list the bucket'; the method and the key where absent. */
  readonly attempt?: string
}

/** What a server answers. */
export interface Answer {
  readonly ok: boolean
  readonly header: (name: string) => string | undefined
  /** The body; empty where it is streamed. */
  readonly text: string
  /** The body as it comes, where that was asked for. */
  readonly stream: Readable
}

/**
 * Asks the server of a bucket, again where that can help: only requests that can be made twice are made.
 * @throws {Failure} `platform/bucketUnreachable`, `platform/bucketRefused`
 */
export type Send = (asked: Asked) => Promise<Answer>

/** Signed requests to a bucket. */
export function requestsTo(address: BucketAddress): Send {
  const client = new AwsClient({ ...signer(address), service: 's3', region: address.region })
  const root = rootOf(address)
  const once = async (asked: Asked): Promise<Answer & { readonly status: number }> => {
    const { method, key, query = '', body, headers = {} } = asked
    const url = `${root}/${pathOfKey(key)}${query}`
    const signed = await client.sign(url, { method, headers: { ...headers, ...(body && checksum(body)) } })
    const stream = await exchange(signed, body)
    const { statusCode: status = 500 } = stream
    const ok = status >= 200 && status < 300
    return {
      ok,
      status,
      header: (name) => stream.headers[name]?.toString(),
      text: ok && asked.streams ? '' : await text(stream),
      stream,
    }
  }
  return async (asked) => {
    for (let attempt = 0; ; attempt++) {
      const answer = await once(asked).catch((error: unknown) => unreachable(address, error))
      const isLast = attempt === delaysMs.length
      if (isFailure(answer)) {
        if (isLast) throw answer
      } else {
        if (answer.ok || asked.allows?.includes(answer.status)) return answer
        if (isLast || !isTrouble(answer.status)) throw refusal(asked, answer)
      }
      await wait(delaysMs[attempt])
    }
  }
}

/** A key as it stands in addresses. */
export const pathOfKey = (key: string): string => key.split('/').map(encoded).join('/')

/** Text as it stands in the parts of an address: as it is signed, so that no server has to encode it anew. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** What a server says no with. */
export function refusal(
  { method, key, attempt = `${method} '${key}' in the bucket` }: Asked,
  { status, text: body }: { readonly status: number; readonly text: string },
): Failure {
  const kind = isTrouble(status) ? 'bucketUnreachable' : 'bucketRefused'
  return fail(kind, `Cannot ${attempt}: ${textIn(body, 'Code') ?? `status ${status}`}`)
}

const isTrouble = (status: number): boolean => status >= 500 || status === 429

function unreachable({ bucket }: BucketAddress, error: unknown): Failure {
  // Where a host has several addresses, what went wrong with them has no text.
  const state = messageOf(error) || (error as NodeJS.ErrnoException).code
  return fail('bucketUnreachable', `Cannot reach the bucket '${bucket}': ${state}`, { cause: error })
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
