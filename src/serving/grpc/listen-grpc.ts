import { once } from 'node:events'
import { createServer, type AddressInfo, type Server as SocketServer } from 'node:net'
import { Server, ServerCredentials, status, type handleUnaryCall, type ServiceDefinition } from '@grpc/grpc-js'
import { listenFailure, loopbackOnly, systemClock, type Authorise, type Clock, type Log } from '#platform'
import type { Inference } from '../inference/schema.ts'
import { askPermission } from './ask-permission.ts'
import { encodeMessage } from './messages.ts'
import { methods, type CallContext, type Method } from './methods.ts'
import { statusOf } from './status-of.ts'

export interface GrpcOptions {
  readonly inference: Inference
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Largest message that is taken, after it is unpacked. */
  readonly maxBytes: number
  /** Of Millrace, as the server's metadata gives it. */
  readonly version: string
  /** Who may call; only programs on this machine where absent. */
  readonly authorise?: Authorise
  /** Whether other processes may listen on the same port, each taking a share of the connections; true where absent. */
  readonly sharedPort?: boolean
  /** Reads the deadlines of clients, which are moments of the real clock. */
  readonly clock?: Clock
  /** Where unexpected errors go. */
  readonly log?: Log
}

/** An open door for gRPC. */
export interface GrpcListening {
  readonly port: number
  /** Takes no new calls, answers those in flight, and closes; what lasts longer than ten seconds is cut off. */
  close(): Promise<void>
}

/**
 * Serves `inference.GRPCInferenceService` over plain HTTP/2. The permission is asked before a message is read.
 * @throws {Failure} `http/portInUse`, `http/cannotListen`
 */
export async function listenGrpc(options: GrpcOptions): Promise<GrpcListening> {
  const server = new Server({
    'grpc.max_receive_message_length': options.maxBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': mostCalls,
    interceptors: [askPermission(permissionOf, options.authorise ?? loopbackOnly)],
  })
  server.addService(service, implementation(options))
  // The library opens ports by itself, but without SO_REUSEPORT.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const sockets = createServer((socket) => injector.injectConnection(socket))
  await open(sockets, options)
  return {
    port: (sockets.address() as AddressInfo).port,
    close: async () => {
      sockets.close()
      await shutDown(server)
    },
  }
}

/** Calls at a time on one connection; more wait at the client. */
const mostCalls = 1024

const graceMs = 10_000

const pathOf = (name: string): string => `/inference.GRPCInferenceService/${name}`

const byPath: ReadonlyMap<string, Method> = new Map(
  Object.entries(methods).map(([name, method]) => [pathOf(name), method]),
)

const permissionOf = (path: string): string => byPath.get(path)?.permission ?? 'system:read'

const same = (bytes: Buffer): Buffer => bytes

/** Messages are read and written by the methods, so that bytes that are none are the caller's error. */
const service: ServiceDefinition = Object.fromEntries(
  Object.keys(methods).map((name) => [
    name,
    {
      path: pathOf(name),
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  ]),
)

function implementation(options: GrpcOptions): Record<string, handleUnaryCall<Buffer, Buffer>> {
  const { inference, version, log, clock = systemClock } = options
  const answer = async (method: Method, request: Buffer, deadline: Date | number): Promise<Buffer> => {
    const context: CallContext = { inference, version, timeoutUs: microsecondsUntil(deadline, clock) }
    return encodeMessage(method.response, await method.answer(request, context))
  }
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]): [string, handleUnaryCall<Buffer, Buffer>] => [
      name,
      (call, callback) => {
        answer(method, call.request, call.getDeadline()).then(
          (bytes) => callback(null, bytes),
          (error: unknown) => {
            const found = statusOf(error)
            if (found.code === status.INTERNAL) log?.error({ err: error, method: name }, 'A gRPC call failed')
            callback(found)
          },
        )
      },
    ]),
  )
}

function microsecondsUntil(deadline: Date | number, clock: Clock): number | undefined {
  const leftMs = Number(deadline) - clock.now()
  // 0 would mean that there is none.
  return leftMs === Infinity ? undefined : Math.max(1, Math.round(leftMs * 1000))
}

async function open(sockets: SocketServer, { host, port, sharedPort = true }: GrpcOptions): Promise<void> {
  const listen = async (reusePort: boolean) => {
    sockets.listen({ host, port, reusePort })
    await once(sockets, 'listening')
  }
  try {
    await listen(sharedPort)
  } catch (error) {
    if (!sharedPort || (error as NodeJS.ErrnoException).code !== 'ENOTSUP') throw listenFailure({ host, port }, error)
    // This system cannot share a port among processes; one can still have it.
    await listen(false).catch((error: unknown) => {
      throw listenFailure({ host, port }, error)
    })
  }
}

async function shutDown(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(() => server.forceShutdown(), graceMs)
  server.tryShutdown(() => resolve())
  await promise
  clearTimeout(timer)
}
