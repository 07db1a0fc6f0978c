import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { messageOf } from '../failure.ts'
import { fail } from './failures.ts'

/** Where a server can be reached. */
export interface Listening {
  readonly host: string
  readonly port: number
  /** `http://127.0.0.1:7717`, without a final slash. */
  readonly url: string
}

/**
 * Opens the door of a server.
 * @param at.port 0 takes any free one
 * @throws {Failure} `http/portInUse`, `http/cannotListen`
 */
export async function listen(
  server: FastifyInstance,
  at: { readonly host: string; readonly port: number },
): Promise<Listening> {
  try {
    await server.listen(at)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw fail('portInUse', `Cannot listen on ${at.host}:${at.port}: another program listens there`, {
        cause: error,
        details: { host: at.host, port: at.port },
      })
    if (code !== undefined && listenErrors.has(code))
      throw fail('cannotListen', `Cannot listen on ${at.host}:${at.port}: ${messageOf(error)}`, { cause: error })
    throw error
  }
  const { address, port, family } = server.server.address() as AddressInfo
  return { host: address, port, url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}` }
}

const listenErrors: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'])
