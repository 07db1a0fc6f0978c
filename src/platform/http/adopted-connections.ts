import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Connections that a server answers and did not accept itself. */
export interface AdoptedConnections {
  /**
   * Lets the server go on with a connection.
   * @param bytes what was read of it and not answered
   */
  take(socket: Socket, bytes: Buffer): void
  /** Answers what is under way, each answer the last of its connection, and ends them; no more may be taken. */
  close(options?: ClosingTimes): Promise<void>
}

export interface ClosingTimes {
  /** How long they may bring another request; 0 where absent. */
  readonly drainMs?: number
  /** When, after that, those that have not ended are cut off; 10 s where absent. */
  readonly cutMs?: number
  /** Whether more may still be taken; never where absent. */
  readonly areMoreToCome?: () => boolean
}

/** Lets a server answer connections that come to it in other ways than through a port of its own. */
export function adoptConnections(server: Server): AdoptedConnections {
  const sockets = new Set<Socket>()
  let isClosed = false
  // It does not listen itself: this starts its own watch over slow requests.
  server.emit('listening')
  return {
    take: (socket, bytes) => {
      if (isClosed) {
        socket.destroy()
        return
      }
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.pause()
      if (bytes.length > 0) socket.unshift(bytes)
      server.emit('connection', socket)
      process.nextTick(() => socket.resume())
    },
    close: async ({ drainMs = 0, cutMs = 10_000, areMoreToCome = () => false } = {}) => {
      server.prependListener('request', (request, response) => {
        if (sockets.has(request.socket)) response.setHeader('connection', 'close')
      })
      const fromMs = performance.now()
      while (sockets.size > 0 || areMoreToCome()) {
        const sinceMs = performance.now() - fromMs
        if (sinceMs >= drainMs) server.closeIdleConnections()
        if (sinceMs >= drainMs + cutMs) for (const socket of sockets) socket.destroy()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      isClosed = true
    },
  }
}
