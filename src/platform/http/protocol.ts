import { promisify } from 'node:util'
import { deflate, gunzip, gzip, inflate } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Failure } from '../failure.ts'
import type { Actor } from './authorise.ts'
import { fail } from './failures.ts'

/** A request with its body whole and not compressed. */
export interface ProtocolRequest {
  readonly method: string
  /** As it stands in the request line, with its query. */
  readonly target: string
  readonly headers: FastifyRequest['headers']
  readonly body: Buffer
  /** Who asks. */
  readonly actor: Actor
}

export interface ProtocolAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer | string
  readonly headers?: Readonly<Record<string, string>>
}

/** One thing that can be asked: a method and where. */
export interface Address {
  readonly method: string
  readonly target: string
}

/** Addresses where errors have the form of a protocol of others. */
export interface ProtocolAddresses {
  /** The addresses: each as it stands, or all below it where it ends in `/*`. */
  readonly paths: readonly string[]
  /** What the caller must be allowed to do: for all addresses, or for each by its method (HEAD is GET) and target. */
  readonly permission: string | ((request: Address) => string)
  /** Whether it answers with what is held in the actor's project alone; callers bound to a project may ask nothing else. */
  readonly inProjects?: boolean
  /** Every address below the paths that end in `/*`, for those who look at all that there are. */
  readonly addresses?: readonly Address[]
  /** The protocol's form of what was refused before it came to be a request. */
  refuse(failure: Failure): ProtocolAnswer
}

/** Addresses whose requests and answers follow a protocol of others: it reads bodies and writes errors itself. */
export interface Protocol extends ProtocolAddresses {
  /** Answers a request, mistakes included. */
  answer(request: ProtocolRequest): Promise<ProtocolAnswer>
}

/**
 * Adds the addresses of a protocol to a server. Bodies of any type are taken, gzip and deflate are undone up to the
 * server's limit, and long answers are compressed for those who ask.
 */
export function addProtocol(
  scope: FastifyInstance,
  protocol: Protocol,
  failureOf: (error: unknown) => Failure,
): Promise<void> {
  const limit = scope.initialConfig.bodyLimit ?? 0
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  scope.setErrorHandler((error, _request, reply) => send(reply, protocol.refuse(failureOf(error))))
  for (const url of protocol.paths) {
    scope.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url,
      config: { permission: protocol.permission, inProjects: protocol.inProjects },
      schema: { hide: true },
      handler: async (request, reply) => {
        refusePages(request)
        const body = await expanded(request, limit)
        const { url: target, headers } = request
        // The server leaves the body away by itself.
        const method = request.method === 'HEAD' ? 'GET' : request.method
        const answer = await protocol.answer({ method, target, headers, body, actor: request.actor })
        return send(reply, await compressed(answer, request))
      },
    })
  }
  return Promise.resolve()
}

/** The protocol that an address belongs to, before it was decoded. */
export function protocolOf(protocols: readonly ProtocolAddresses[], target: string): ProtocolAddresses | undefined {
  const path = target.split('?')[0] as string
  return protocols.find(({ paths }) =>
    paths.some((one) => {
      const fixed = one.split(/[*:]/)[0] as string
      return fixed === one ? path === one : path.startsWith(fixed)
    }),
  )
}

/** Answers what a protocol refuses before it came to be a request. */
export const sendRefusal = (reply: FastifyReply, protocol: ProtocolAddresses, failure: Failure): FastifyReply =>
  send(reply, protocol.refuse(failure))

/** A page of another site can send what needs no leave: a body of one of these types, or of none. */
export function refusePages({ headers }: FastifyRequest): void {
  const { origin, host } = headers
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return
  throw fail('refused', `Cannot answer: the request comes from a page of '${origin}'`)
}

async function expanded({ headers, body }: FastifyRequest, limit: number): Promise<Buffer> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding === 'identity' || bytes.length === 0) return bytes
  const expand = expanders.get(encoding)
  if (!expand)
    throw fail(
      'malformedRequest',
      `Cannot read the request: its body is encoded as '${encoding}', not as gzip or deflate`,
    )
  try {
    return await expand(bytes, { maxOutputLength: limit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw fail(
        'bodyTooLarge',
        `Cannot read the request: its body is larger than ${limit / 1_048_576} MB once expanded`,
      )
    throw fail('malformedRequest', `Cannot read the request: its body is not ${encoding}`, { cause: error })
  }
}

async function compressed(answer: ProtocolAnswer, { headers }: FastifyRequest): Promise<ProtocolAnswer> {
  const wanted = acceptedEncodings(headers['accept-encoding'] ?? '')
  const encoding = (['gzip', 'deflate'] as const).find((one) => wanted.has(one))
  if (encoding === undefined || answer.body.length < worthCompressing) return answer
  const body = await compressors[encoding](answer.body)
  return { ...answer, body, headers: { ...answer.headers, 'content-encoding': encoding } }
}

/** Names of encodings, without those whose weight is 0. @see RFC 9110, section 12.5.3 */
function acceptedEncodings(header: string): ReadonlySet<string> {
  const entries = header.toLowerCase().split(',')
  return new Set(
    entries
      .filter((entry) => !/;\s*q=0(?:\.0*)?\s*$/.test(entry))
      .map((entry) => (entry.split(';')[0] as string).trim()),
  )
}

function send(reply: FastifyReply, { status, contentType, body, headers = {} }: ProtocolAnswer): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .type(contentType)
    .serializer((text: string) => text)
    .send(body)
}

type Expand = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>
const expanders: ReadonlyMap<string, Expand> = new Map([
  ['gzip', promisify(gunzip) as Expand],
  ['deflate', promisify(inflate) as Expand],
])
type Compress = (body: Buffer | string) => Promise<Buffer>
const compressors: { readonly gzip: Compress; readonly deflate: Compress } = {
  gzip: promisify(gzip),
  deflate: promisify(deflate),
}
/** Bytes below which compressing costs more than it spares. */
const worthCompressing = 16_384
