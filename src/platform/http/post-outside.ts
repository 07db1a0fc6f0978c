import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { fail } from './failures.ts'
import { request as requestHttp } from './node-http.ts'
import { isPrivateHost, lookupPublic } from './outside-address.ts'

export interface OutsideAnswer {
  readonly status: number
  /** Its beginning, as text. */
  readonly text: string
  /** How long it asks to wait before the next request; undefined where it says nothing. */
  readonly retryAfterMs: number | undefined
}

/**
 * Posts to an address that somebody outside named. It is not led elsewhere: redirects are answers like others, proxies of the
 * environment are not asked, and unless private addresses are allowed the one that is connected to is a public one.
 * @param options.timeoutMs for the whole of it
 * @throws {Failure} `http/addressRefused`; and what the network says
 */
export async function postOutside(
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly timeoutMs: number
    readonly allowPrivate: boolean
    readonly signal?: AbortSignal
  },
): Promise<OutsideAnswer> {
  const { headers, body, timeoutMs, allowPrivate, signal } = options
  const to = new URL(url)
  if (!allowPrivate && isPrivateHost(to.hostname))
    throw fail('addressRefused', `Cannot send to '${to.host}': its address is not a public one`)
  const timeout = AbortSignal.timeout(timeoutMs)
  const request = (to.protocol === 'http:' ? requestHttp : requestHttps)(to, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    // Each has a connection of its own: its address was judged for it.
    agent: false,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    ...(allowPrivate ? {} : { lookup: lookupPublic }),
  })
  try {
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    request.end(body)
    const [answer] = await answered
    return {
      status: answer.statusCode ?? 0,
      text: await beginningOf(answer),
      retryAfterMs: retryAfterOf(answer.headers['retry-after']),
    }
  } catch (error) {
    if (timeout.aborted) throw new Error(`No answer within ${timeoutMs} ms`, { cause: error })
    throw error
  } finally {
    request.destroy()
  }
}

async function beginningOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of answer) {
    pieces.push(piece as Buffer)
    size += (piece as Buffer).length
    if (size >= mostAnswerBytes) break
  }
  return Buffer.concat(pieces).subarray(0, mostAnswerBytes).toString('utf8')
}

/** Seconds alone: what names a moment instead depends on another machine's clock. */
const retryAfterOf = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined

const mostAnswerBytes = 65_536
