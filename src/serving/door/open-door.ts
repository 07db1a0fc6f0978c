import type { Server as HttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { adoptConnections, brokenRequestFailure, listenFailure, problemOf, type AdoptedConnections } from '#platform'
import { FastConnection, type DoorWay, type FastHandler } from './fast-connection.ts'
import type { RequestHead } from './read-head.ts'

/** A port that requests come through. */
export interface Door {
  readonly host: string
  readonly port: number
  /** What listens there; a process that gets it goes on with it, so that no connection is refused. */
  readonly listener: Server
  /**
   * Answers what is under way, then ends every connection; what lasts longer than {@link DoorOptions.closeTimeoutMs} is
   * cut off.
   * @param options.drainMs how long connections may bring another request: its answer says that it is their last. 0 where
   * absent: those that wait for one are ended at once
   */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

export interface DoorOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Whether other processes may listen on the same port, and share its connections. */
  readonly shared?: boolean
  /** What listens there already, in another process. */
  readonly listener?: Server | undefined
  readonly maxBodyBytes: number
  /** Time that a request may take to come whole; 120 s where absent. */
  readonly requestTimeoutMs?: number
  /** Time that a connection may wait for its next request; 75 s where absent. */
  readonly idleTimeoutMs?: number
  /** Time that connections are given to end once the door closes; 10 s where absent. */
  readonly closeTimeoutMs?: number
  /** Who answers a request here; nothing where the complete server has to. */
  handlerOf(head: RequestHead, socket: Socket): FastHandler | undefined | Promise<FastHandler | undefined>
  /** The complete server: it goes on with a connection from the first request that is not answered here. */
  readonly complete: HttpServer
  /** What takes connections for the complete server, and outlives the door; where absent, they end with the door. */
  readonly adopted?: AdoptedConnections | undefined
  /** Gives a connection to another process, of which these bytes were read; false where the complete server is to take it. */
  readonly giveAway?: ((socket: Socket, bytes: Buffer) => boolean) | undefined
  /** Told what a handler threw. */
  readonly onUnexpected?: (error: unknown) => void
}

/**
 * Opens a port. Requests of the plainest form to the addresses that have to be quick are read and answered here, at half
 * of what `node:http` costs. From the first one that is anything else (another address, a chunked body, a header twice),
 * the connection belongs to the complete server, so that never two parsers read the same bytes.
 * @throws {Failure} `http/portInUse`, `http/cannotListen`
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { host, requestTimeoutMs = 120_000, idleTimeoutMs = 75_000, closeTimeoutMs = 10_000 } = options
  const connections = new Set<FastConnection>()
  const own = options.adopted ? undefined : adoptConnections(options.complete)
  const adopted = options.adopted ?? own
  let isClosing = false
  let turn = 0
  const way: DoorWay = {
    handlerOf: (head, socket) => options.handlerOf(head, socket),
    turn: () => turn,
    handOver: ({ socket }, bytes) => {
      if (!options.giveAway?.(socket, bytes)) adopted?.take(socket, bytes)
    },
    maxBodyBytes: options.maxBodyBytes,
    isClosing: () => isClosing,
    forget: (connection) => void connections.delete(connection),
    onUnexpected: (error) => options.onUnexpected?.(error),
  }
  // A caller may end its side and still wait for its answers.
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    connections.add(new FastConnection(socket, way))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(options, error)))
    if (options.listener) server.listen(options.listener, resolve)
    else server.listen({ host, port: options.port, reusePort: options.shared ?? false }, resolve)
  })
  const sweep = setInterval(
    () => {
      turn += 1
      const nowMs = performance.now()
      for (const connection of connections) {
        const sinceMs = nowMs - connection.sinceMs
        if (connection.isPartial) {
          if (sinceMs > requestTimeoutMs) connection.end(tooSlow())
        } else if (!connection.isBusy && sinceMs > idleTimeoutMs) connection.socket.destroy()
      }
    },
    Math.min(1000, requestTimeoutMs / 2, idleTimeoutMs / 2),
  ).unref()
  const { address, port } = server.address() as AddressInfo
  return {
    host: address,
    port,
    listener: server,
    close: async ({ drainMs = 0 } = {}) => {
      isClosing = true
      server.close()
      const areMoreToCome = (): boolean => connections.size > 0
      const ended = own?.close({ drainMs, cutMs: closeTimeoutMs, areMoreToCome })
      const fromMs = performance.now()
      while (areMoreToCome()) {
        const sinceMs = performance.now() - fromMs
        for (const connection of connections) {
          if (sinceMs >= drainMs + closeTimeoutMs) connection.socket.destroy()
          else if (sinceMs >= drainMs && !connection.isBusy && !connection.isEnding) connection.end()
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await ended
      clearInterval(sweep)
    },
  }
}

function tooSlow() {
  const problem = problemOf(brokenRequestFailure('ERR_HTTP_REQUEST_TIMEOUT'))
  return { status: problem.status, contentType: 'application/problem+json', body: JSON.stringify(problem) }
}
