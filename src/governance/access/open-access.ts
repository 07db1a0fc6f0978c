import {
  anyone,
  inProcess,
  iso,
  loopbackOnly,
  type Actor,
  type Authorise,
  type Config,
  type Workspace,
} from '#platform'
import { fail } from '../failures.ts'
import { permits } from '../permits.ts'
import { defaultProject, type Permission, type Token } from '../schema.ts'
import { openKnownTokens } from './known-tokens.ts'
import { presentedToken } from './presented-token.ts'

/**
 * Decides who may do what. A request that carries a token is judged by it alone, wherever it comes from; without one,
 * programs on this machine may do everything, or nobody anything where tokens are demanded. What is public is for anyone.
 *
 * It answers at once wherever it can, so that the fast door need not wait.
 */
export function openAccess(workspace: Workspace, config: Pick<Config, 'MILLRACE_ACCESS'>): Authorise {
  const known = openKnownTokens(workspace)
  return (caller, permission, { inProjects = false } = {}) => {
    if (permission === 'public') return anyone
    const text = presentedToken(caller)
    if (text === undefined) {
      if (config.MILLRACE_ACCESS === 'local' || caller.address === inProcess) return loopbackOnly(caller, permission)
      throw fail('noToken', 'Cannot answer: the request carries no token')
    }
    const actor = (token: Token): Actor => actorOf(token, { permission, inProjects, nowMs: workspace.clock.now() })
    const found = known.find(text)
    return found instanceof Promise ? found.then(actor) : actor(found)
  }
}

/** Who calls by a token. @throws {Failure} where the token may not do what is asked */
function actorOf(
  { name, role, scopes, project, expiresAtMs, revokedAtMs }: Token,
  asked: { readonly permission: string; readonly inProjects: boolean; readonly nowMs: number },
): Actor {
  if (revokedAtMs !== null)
    throw fail('revokedToken', `Cannot answer: the token '${name}' was revoked at ${iso(revokedAtMs)}`)
  if (expiresAtMs !== null && expiresAtMs <= asked.nowMs)
    throw fail('expiredToken', `Cannot answer: the token '${name}' expired at ${iso(expiresAtMs)}`)
  const permission = asked.permission as Permission
  if (!scopes.includes(permission) && !(role && permits(role, permission)))
    throw fail('notPermitted', `Cannot answer: the token '${name}' may not do '${permission}'`)
  if (!asked.inProjects && project !== null && project !== defaultProject)
    throw fail(
      'otherProject',
      `Cannot answer: the token '${name}' is bound to the project '${project}', and what it asks for belongs to none`,
    )
  return { id: `token:${name}`, role: role ?? 'none', project }
}
