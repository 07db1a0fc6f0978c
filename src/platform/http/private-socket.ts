import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A way to a server that only programs of the same user can take. */
export interface PrivateSocket {
  readonly path: string
  close(): Promise<void>
}

const privateSockets = new WeakSet<Socket>()

/** Whether a connection came through a {@link PrivateSocket} of this process. */
export const isPrivate = (socket: Socket): boolean => privateSockets.has(socket)

/** Lets a server answer on a socket in a folder of its own, which nobody else may open. */
export async function openPrivateSocket(server: Server): Promise<PrivateSocket> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-'))
  const path = join(folder, 'control.sock')
  const connections = new Set<Socket>()
  const listener = createServer((socket) => {
    privateSockets.add(socket)
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    server.emit('connection', socket)
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(path, resolve)
  })
  return {
    path,
    close: async () => {
      const closed = new Promise((resolve) => listener.close(resolve))
      for (const socket of connections) socket.destroy()
      await closed
      await rm(folder, { recursive: true, force: true })
    },
  }
}
