import type { Socket } from 'node:net'

/** What Node keeps under a socket: the connection itself, as libuv knows it. */
export interface SocketHandle {
  /** Stops reading at once; Node has no public way to. */
  readStop(): unknown
}

/** What is under a socket; nothing where this Node keeps it elsewhere, or the socket is closed. */
export function handleOf(socket: Socket): SocketHandle | undefined {
  const { _handle: handle } = socket as unknown as HandleHolder
  return typeof handle?.readStop === 'function' ? (handle as SocketHandle) : undefined
}

/** Takes from a socket what is under it, and ends the socket; the connection goes on. */
export function takeHandle(socket: Socket): SocketHandle | undefined {
  const handle = handleOf(socket)
  if (!handle) return undefined
  Object.assign(socket, { _handle: null } satisfies HandleHolder)
  socket.destroy()
  return handle
}

interface HandleHolder {
  readonly _handle?: Partial<SocketHandle> | null
}
