import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'

/**
 * Keeps a connection open for a while after an early answer that is its last. Node destroys it while the client still
 * sends: the client is told that its connection broke, and often never reads the answer that says why.
 * @param options.graceMs how long the rest of the request may still come; it is thrown away
 */
export function lingerAfterEarlyAnswer(request: IncomingMessage, { graceMs = 5000 } = {}): void {
  const { socket } = request
  // A request without a connection has another thing in its place.
  if (request.complete || !(socket instanceof Socket)) return
  socket.destroySoon = () => {
    if (request.complete || socket.destroyed) {
      Socket.prototype.destroySoon.call(socket)
      return
    }
    socket.end()
    request.resume()
    const cut = setTimeout(() => socket.destroy(), graceMs).unref()
    request.once('close', () => socket.destroy())
    socket.once('close', () => clearTimeout(cut))
  }
}
