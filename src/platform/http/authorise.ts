import { isIP } from 'node:net'
import { fail } from './failures.ts'

/** Who calls, as the decision log and the audit trail will name it. */
export interface Actor {
  readonly id: string
  readonly role: string
  /** The project that it is bound to; null where it is bound to none. */
  readonly project: string | null
}

/** What is known of a caller before its request is read. */
export interface Caller {
  /** Address of the other end of the connection; {@link inProcess} where there is none. */
  readonly address: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Decides who a caller is and whether it may; @throws {Failure} to refuse.
 * @param options.inProjects whether what is asked for is held in projects, and whoever answers minds the actor's: callers
 * that are bound to a project may ask for nothing else. False where absent
 */
export type Authorise = (
  caller: Caller,
  permission: string,
  options?: { readonly inProjects?: boolean },
) => Actor | Promise<Actor>

/** Address of a caller within this process, which no connection has: whoever has opened the store may do everything. */
export const inProcess = 'in-process'

/**
 * Programs on this machine may do everything, all others nothing but what is `public`.
 *
 * A page in a browser on this machine also calls from loopback: it is kept out because it must name this host in
 * `Host` (so a name that was rebound to 127.0.0.1 does not pass) and because bodies must be declared as JSON, for which
 * a browser asks leave first. What a proxy passes on comes from elsewhere, whatever the connection says.
 *
 * @throws {Failure} `http/elsewhere`, `http/refused`
 */
export const loopbackOnly: Authorise = (caller, permission) => {
  if (permission === 'public') return anyone
  if (caller.address === inProcess) return local
  if (!isLoopback(caller.address))
    throw fail('elsewhere', 'Cannot answer: the request comes from another machine and carries no token')
  if (proxyHeaders.some((name) => caller.headers[name] !== undefined))
    throw fail('refused', 'Cannot answer: the request was passed on by a proxy')
  const host = hostName(caller.headers['host'])
  if (host !== 'localhost' && !isLoopback(host))
    throw fail('refused', `Cannot answer: the request is for the host '${host}', not for this machine`)
  return local
}

/** Whoever asks for what is public: nobody asks who that is. */
export const anyone: Actor = { id: 'anyone', role: 'none', project: null }

const local: Actor = { id: 'local', role: 'admin', project: null }

const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip']

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

/** The name in a Host header, without port and brackets. */
function hostName(header: string | readonly string[] | undefined): string {
  const host = typeof header === 'string' ? header.trim().toLowerCase() : ''
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host)
  return bracketed ? (bracketed[1] as string) : host.replace(/:\d*$/, '')
}
