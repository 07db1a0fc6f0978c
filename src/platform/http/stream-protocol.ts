import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Failure } from '../failure.ts'
import type { Actor } from './authorise.ts'
import { cutWhereStill, letTakeLong } from './long-request.ts'
import { refusePages, sendRefusal, type ProtocolAddresses } from './protocol.ts'

/** A request whose body is still to come. */
export interface StreamRequest {
  /** HEAD is answered as GET, but without its body. */
  readonly method: string
  /** As it stands in the request line, with its query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** As it comes; it ends with an error where it breaks off, and is thrown away where nobody reads it. */
  readonly body: AsyncIterable<Uint8Array>
  /** Who asks. */
  readonly actor: Actor
}

export interface StreamAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  /** Whole, or as it is read. */
  readonly body: string | Readable
}

/**
 * Addresses of a protocol of others where bodies are too large to be held: they are read and written as they come, of any
 * type, of any size, for as long as they take.
 */
export interface StreamProtocol extends ProtocolAddresses {
  /** Answers a request, mistakes included. */
  answer(request: StreamRequest): Promise<StreamAnswer>
}

/**
 * Adds the addresses of a protocol to a server.
 * @param options.stallMs how long a body may stand still, either way, before its connection is cut
 */
export function addStreamProtocol(
  scope: FastifyInstance,
  protocol: StreamProtocol,
  options: { readonly failureOf: (error: unknown) => Failure; readonly stallMs: number },
): Promise<void> {
  const refusal = (error: unknown): StreamAnswer => {
    const { status, contentType, body, headers } = protocol.refuse(options.failureOf(error))
    return { status, headers: { ...headers, 'content-type': contentType }, body: body.toString() }
  }
  scope.setErrorHandler((error, _request, reply) => sendRefusal(reply, protocol, options.failureOf(error)))
  for (const url of protocol.paths)
    scope.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url,
      config: { permission: protocol.permission, inProjects: protocol.inProjects },
      schema: { hide: true },
      // Before the server would read the body, and after it has asked for the permission.
      onRequest: async (request, reply) => {
        refusePages(request)
        reply.hijack()
        const { raw } = request
        letTakeLong({ request: raw, response: reply.raw }, options)
        const { url: target, headers, actor } = request
        const method = raw.method ?? 'GET'
        // Whoever stops reading still answers: that must not end the connection.
        const body = raw.iterator({ destroyOnReturn: false })
        const answer = await protocol.answer({ method, target, headers, body, actor }).catch(refusal)
        await write(answer, { request, response: reply.raw, stallMs: options.stallMs })
      },
      handler: () => undefined,
    })
  return Promise.resolve()
}

async function write(
  { status, headers, body }: StreamAnswer,
  to: { readonly request: FastifyRequest; readonly response: ServerResponse; readonly stallMs: number },
): Promise<void> {
  const { request, response, stallMs } = to
  if (response.destroyed) {
    if (typeof body !== 'string') body.destroy()
    return
  }
  const length = typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {}
  response.writeHead(status, { 'x-request-id': request.id, ...length, ...headers })
  if (typeof body === 'string') response.end(body)
  else {
    cutWhereStill(request.socket, stallMs)
    // A caller that goes away is no error of the server; where the bytes break off, it must not take them for all.
    await pipeline(body, response).catch(() => response.destroy())
  }
  // What still comes is thrown away: most clients read no answer before they have sent all.
  request.raw.resume()
}
