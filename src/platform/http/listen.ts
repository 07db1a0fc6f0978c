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
    throw listenFailure(at, error)
  }
  const { address, port, family } = server.server.address() as AddressInfo
  return { host: address, port, url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}` }
}

/** Wraps what the machine says when a port cannot be opened into a {@link Failure}; anything else comes back as it is. */
export function listenFailure(at: { readonly host: string; readonly port: number }, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return fail('portInUse', `Cannot listen on ${at.host}:${at.port}: another program listens there`, {
      cause: error,
      details: { host: at.host, port: at.port },
    })
  if (code !== undefined && listenErrors.has(code))
    return fail('cannotListen', `Cannot listen on ${at.host}:${at.port}: ${messageOf(error)}`, { cause: error })
  return error
}

const listenErrors: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'])
