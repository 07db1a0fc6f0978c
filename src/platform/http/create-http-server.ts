import type { Socket } from 'node:net'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { Config } from '../config.ts'
import { isFailure } from '../failure.ts'
import type { Workspace } from '../workspace.ts'
import type { Actor, Authorise } from './authorise.ts'
import { checkPart } from './check-part.ts'
import { fail } from './failures.ts'
import { lingerAfterEarlyAnswer } from './linger.ts'
import { mayTakeLong } from './long-request.ts'
import { callerHeader, passOn } from './pass-on.ts'
import { isPrivate } from './private-socket.ts'
import { probeRoutes, type Ready } from './probes.ts'
import {
  addProtocol,
  protocolOf,
  sendRefusal,
  type Address,
  type Protocol,
  type ProtocolAddresses,
} from './protocol.ts'
import { keepAddresses } from './addresses.ts'
import { brokenRequestFailure, failureOf, problemOf, type problemSchema } from './problem.ts'
import type { Route } from './route.ts'
import { routeSchema, routeUrl } from './route-schema.ts'
import { methodsOf } from './route-match.ts'
import { STATUS_CODES } from './node-http.ts'
import { storeReady } from './store-ready.ts'
import { addStreamProtocol, type StreamProtocol } from './stream-protocol.ts'

export interface HttpServerOptions {
  readonly workspace: Workspace
  readonly routes: readonly Route[]
  readonly config: Pick<Config, 'MILLRACE_BODY_LIMIT_MB'> & Partial<Pick<Config, 'MILLRACE_REQUEST_TIMEOUT_MS'>>
  readonly authorise: Authorise
  /** Protocols of others, which read bodies and write errors in their own form. */
  readonly protocols?: readonly Protocol[]
  /** Protocols of others whose bodies are read and written as they come. */
  readonly streamProtocols?: readonly StreamProtocol[]
  /** Socket of the server that answers what no route here does; then this one has no description of an API. */
  readonly behind?: string
  /** Whether an address is answered by the server behind although there is a route for it here. */
  readonly isBehind?: (path: string) => boolean
  /**
   * Whether what needs a permission is better asked on a new connection than on this one: its answer is then the last,
   * so that the caller comes again. Never where absent.
   */
  readonly isLast?: (permission: string) => boolean
  /** Whether requests can be answered well now; where absent, as long as the store answers. */
  readonly ready?: Ready
  /** Shown in the API's own description. */
  readonly version?: string
}

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor
  }
  interface FastifyInstance {
    /** Everything that can be asked here, of the server's own tables. */
    everyAddress: readonly Address[]
  }
}

/**
 * Serves route tables over HTTP/1.1, with the permission asked before the body is read, every part of a request checked
 * by its schema, errors as problem+json, `/healthz`, `/readyz`, and `/api/openapi.json` made from the same tables.
 *
 * `close()` ends it gracefully: no new connections, requests in flight are answered, idle connections are shut.
 *
 * @throws {Failure} `http/noPermission` for a route that does not say who may call it
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { workspace, routes, authorise, streamProtocols = [] } = options
  for (const { method, path, permission } of routes) {
    if (typeof permission !== 'string' || permission === '')
      throw fail('noPermission', `Cannot serve ${method} ${path}: the route declares no permission`)
  }
  const { MILLRACE_BODY_LIMIT_MB: bodyLimitMb, MILLRACE_REQUEST_TIMEOUT_MS: requestTimeout = 120_000 } = options.config
  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const failure = failureOf(error, { bodyLimitMb })
    if (failure.status >= 500) workspace.log.error({ err: error, requestId: request.id, url: request.url }, 'request')
    return sendProblem(reply, problemOf(failure, request.id))
  }
  const app: FastifyInstance = fastify({
    bodyLimit: bodyLimitMb * 1_048_576,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestTimeout,
    http: {
      headersTimeout: Math.min(60_000, requestTimeout),
      connectionsCheckingInterval: Math.min(5000, requestTimeout / 2),
    },
    routerOptions: { maxParamLength: 500 },
    schemaController: { compilersFactory: { buildValidator: neverAsked, buildSerializer: neverAsked } },
    genReqId: () => workspace.ids.next('req'),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
    frameworkErrors: (error, request, reply) => {
      const protocol = protocolOf([...(options.protocols ?? []), ...streamProtocols], request.url)
      if (protocol) void sendRefusal(reply, protocol, failureOf(error, { bodyLimitMb }))
      else if (options.behind === undefined) void answerError(error, request, reply)
      else {
        // It may be an address of a protocol there, which says so in its own form.
        reply.hijack()
        passOn(request.raw, reply.raw, { socketPath: options.behind })
      }
    },
  })
  const all = [...routes, ...probeRoutes(routes, { ready: storeReady(workspace.database), ...options })]
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (value) => {
    try {
      return { value: checkPart(schema, value, partNames[httpPart ?? ''] ?? 'path') }
    } catch (error) {
      return { error: error as Error }
    }
  })
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] as string
    const methods = methodsOf(all, path)
    if (methods.length === 0) throw fail('notFound', `Cannot answer ${request.method} ${path}: nothing is there`)
    void reply.header('allow', methods.join(', '))
    throw fail('methodNotAllowed', `Cannot answer ${request.method} ${path}: it takes ${methods.join(', ')}`)
  })
  app.removeContentTypeParser('text/plain')
  app.decorate('everyAddress', keepAddresses(app, [...(options.protocols ?? []), ...streamProtocols]))
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id)
    lingerAfterEarlyAnswer(request.raw)
    // What is passed on, the server behind knows, and asks for its permission.
    if (options.behind !== undefined && (request.is404 || options.isBehind?.(request.url.split('?')[0] as string))) {
      reply.hijack()
      passOn(request.raw, reply.raw, { socketPath: options.behind })
      return
    }
    try {
      const { permission, ...asked } = askedOf(request)
      request.actor = await authorise({ address: addressOf(request), headers: request.headers }, permission, asked)
      if (options.isLast?.(permission) && !isPrivate(request.socket)) void reply.header('connection', 'close')
    } catch (error) {
      if (isFailure(error) && error.status === 401) void reply.header('www-authenticate', challenges)
      throw error
    }
  })
  for (const route of all) addRoute(app, workspace, route)
  for (const protocol of options.protocols ?? [])
    await app.register((scope) => addProtocol(scope, protocol, (error) => failureOf(error, { bodyLimitMb })))
  for (const protocol of streamProtocols)
    await app.register((scope) =>
      addStreamProtocol(scope, protocol, {
        failureOf: (error) => failureOf(error, { bodyLimitMb }),
        stallMs: requestTimeout,
      }),
    )
  await app.ready()
  return app
}

/** Who calls: through the private socket, whoever the process at its other end says. */
function addressOf({ socket, headers }: FastifyRequest): string {
  return isPrivate(socket) ? String(headers[callerHeader]) : (socket.remoteAddress ?? '')
}

/** In the place of Fastify's own readers of schemas, which would be loaded with the server: every schema is one of Zod's. */
function neverAsked(): never {
  throw new TypeError('A schema of a route is none of Zod')
}

const partNames: Readonly<Record<string, 'body' | 'query'>> = { body: 'body', querystring: 'query', query: 'query' }

/** The ways to send a token. @see RFC 6750, RFC 7617 */
const challenges = 'Bearer realm="millrace", Basic realm="millrace", charset="UTF-8"'

/** What a request needs. What is not a route of the tables can be looked for by those who may read. */
function askedOf({ method, url: target, routeOptions }: FastifyRequest) {
  const { permission = 'system:read', inProjects = false } = routeOptions.config as Partial<ProtocolAddresses>
  const asked = { method: method === 'HEAD' ? 'GET' : method, target }
  return { permission: typeof permission === 'string' ? permission : permission(asked), inProjects }
}

function addRoute(app: FastifyInstance, workspace: Workspace, route: Route): void {
  const status = route.status ?? 200
  app.route({
    method: route.method,
    url: routeUrl(route),
    config: { permission: route.permission, inProjects: route.inProjects },
    schema: routeSchema(route),
    handler: async (request, reply) => {
      const answer = await route.handler({
        workspace,
        actor: request.actor,
        headers: request.headers,
        params: request.params,
        query: request.query,
        body: request.body,
      })
      void reply.code(status)
      if (route.contentType) return reply.type(route.contentType).serializer(String).send(answer)
      return reply.send(answer)
    },
  })
}

/** Answers what never became a request. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && mayTakeLong(socket)) return
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOf(brokenRequestFailure(error.code))
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n${body}`,
  )
}

function sendProblem(reply: FastifyReply, problem: z.output<typeof problemSchema>): FastifyReply {
  if (problem.status === 503) void reply.header('retry-after', '1')
  return reply.code(problem.status).type('application/problem+json').serializer(String).send(JSON.stringify(problem))
}
