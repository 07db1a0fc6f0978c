import { Socket } from 'node:net'
import { takeHandle } from './socket-handle.ts'

/** A connection whose bytes are handed over where they were read. */
export interface Receiving {
  /** Of the connection from now on; what comes is not to be read of it. */
  readonly socket: Socket
  /** Leaves what comes to whoever reads the socket. */
  readonly release: () => void
}

/**
 * Reads a connection into one buffer, which all connections share. Node allocates 64 KiB for each piece that it reads
 * otherwise: thousands of those a second keep its garbage collection at work on what else the server holds.
 * @param accepted nothing was read of it yet, and it is paused
 * @param take called with each piece, which is overwritten once it has returned
 */
export function receive(accepted: Socket, take: (piece: Buffer) => void): Receiving {
  const handle = takeHandle(accepted)
  if (!handle) {
    accepted.on('data', take).resume()
    return { socket: accepted, release: () => void accepted.off('data', take) }
  }
  let isReleased = false
  const callback = (length: number): boolean => {
    const piece = shared.subarray(0, length)
    if (isReleased) return socket.push(Buffer.from(piece))
    take(piece)
    return true
  }
  // Node takes `handle` as it always has, and does not document it: `onread` is for connections that begin here.
  const options: object = { handle, allowHalfOpen: accepted.allowHalfOpen, onread: { buffer: shared, callback } }
  const socket = new Socket(options)
  return { socket, release: () => (isReleased = true) }
}

/** As much as Node would ask for. */
const shared = Buffer.allocUnsafeSlow(65_536)
