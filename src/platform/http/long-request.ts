import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** The answers that may take longer than the server's `requestTimeout`, by the connection that waits for them. */
const patient = new WeakMap<Socket, ServerResponse>()

/** Whether the request that a connection brings may take as long as it needs. */
export const mayTakeLong = (socket: Socket): boolean => patient.has(socket)

/** Cuts a connection that brings and takes nothing for some time. */
export function cutWhereStill(socket: Socket, afterMs: number): void {
  // A request without a connection has another thing in its place.
  if (socket instanceof Socket) socket.setTimeout(afterMs)
}

/**
 * Lets a request take as long as it needs. Node has one time limit for all requests of a server; it only tells the server
 * when that is over (as `clientError`), so that a server can let it pass where {@link mayTakeLong}.
 * @param options.stallMs how long the body may stand still before the connection is cut; for ever where absent, for a
 * request whose time somebody else watches
 * @param options.graceMs how long a body that nobody wants any more, since its answer was given, may still come: most
 * clients read no answer before they have sent all
 */
export function letTakeLong(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { stallMs, graceMs = 120_000 }: { readonly stallMs?: number; readonly graceMs?: number },
): void {
  const { socket } = request
  // A request that came through no connection has no time limit.
  if (!(socket instanceof Socket)) return
  patient.set(socket, response)
  if (stallMs !== undefined && !request.complete) {
    cutWhereStill(socket, stallMs)
    // After its answer, the server watches over the connection again.
    request.once('end', () => {
      if (!response.writableFinished) socket.setTimeout(0)
    })
  }
  const forget = (): void => {
    if (patient.get(socket) === response) patient.delete(socket)
  }
  response.once('close', () => {
    if (request.complete || socket.destroyed) {
      forget()
      return
    }
    // Node watches over the time of a request once, and may have done so.
    const cut = setTimeout(() => socket.destroy(), graceMs).unref()
    request.once('close', () => {
      clearTimeout(cut)
      forget()
    })
  })
}
