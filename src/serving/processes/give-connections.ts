import type { Socket } from 'node:net'
import { handleOf } from '../door/socket-handle.ts'
import type { FromServing } from './messages.ts'

/** The way of connections from a serving process to the control process. */
export interface GivenConnections {
  /**
   * Gives a connection away, of which these bytes were read and not answered.
   * @returns false where this process has to answer it
   */
  give(socket: Socket, bytes: Buffer): boolean
  /** The control process has taken the last one. */
  taken(): void
  /** The control process is gone: what waits for it ends. */
  end(): void
}

/** A connection that waits until it can go. */
interface Leaving {
  readonly socket: Socket
  readonly bytes: Buffer
}

/**
 * Gives connections to the control process whose requests are for it. It gets the connection itself, so that it hears
 * and answers its caller without a hop, and sees its true address; what this process has read of it goes along. Not one
 * byte of it is judged here but the start of the next request, by which is said whose the connection is.
 *
 * They go one after another: until one has arrived, Node would queue the next, and lose what it sends meanwhile.
 *
 * @param options.isTheirs whether the control process answers an address, as it stands in the request line
 * @param options.send sends a message with a socket
 */
export function giveConnections(options: {
  readonly isTheirs: (target: string) => boolean
  readonly send: (message: FromServing, socket: Socket) => boolean
}): GivenConnections {
  const leaving: Leaving[] = []
  let isUnderWay = false
  let hasEnded = false
  const next = (): void => {
    if (isUnderWay) return
    const one = leaving.shift()
    if (!one) return
    isUnderWay = true
    const { socket } = one
    // What was answered before has to have left: it would be lost with this side of the connection.
    if (socket.writableLength > 0) socket.write('', () => send(one))
    else send(one)
  }
  const send = ({ socket, bytes }: Leaving): void => {
    const handle = handleOf(socket)
    if (!handle || socket.destroyed) {
      done()
      return
    }
    const all = [bytes]
    for (let more: Buffer | null; (more = socket.read() as Buffer | null);) all.push(more)
    // What comes from here on is read by the control process. Node has no other way to stop at once.
    handle.readStop()
    // Else this server would not be closed before the connection is, wherever that is.
    Object.assign(socket, { server: null })
    const isSent = options.send({ kind: 'connection', bytes: Buffer.concat(all).toString('base64') }, socket)
    // Its handle has left it: nothing goes to the caller.
    socket.destroy()
    if (!isSent) done()
  }
  const done = (): void => {
    isUnderWay = false
    next()
  }
  return {
    give: (socket, bytes) => {
      const target = requestTarget.exec(bytes.toString('latin1', 0, longestLine))?.[1]
      if (target === undefined || !options.isTheirs(target) || hasEnded || !handleOf(socket)) return false
      socket.pause()
      // A caller that leaves meanwhile is no error.
      socket.on('error', () => socket.destroy())
      leaving.push({ socket, bytes })
      next()
      return true
    },
    taken: done,
    end: () => {
      hasEnded = true
      for (const { socket } of leaving.splice(0)) socket.destroy()
    },
  }
}

/** The address that a request line names, whatever else stands in the request. */
const requestTarget = /^[A-Z]+ (\/[^ ]*)/
const longestLine = 2048
