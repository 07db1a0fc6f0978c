import { hashSecret, newSecret, type EpochMs, type Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { Permission, Role, Token } from '../schema.ts'
import { insertToken, readToken, readTokens, updateRevoked, type HashedToken } from './store/tokens.ts'
import { tokenText } from './token-text.ts'

/** What a new token is to be. */
export interface TokenOrder {
  readonly name: string
  readonly role?: Role | undefined
  readonly scopes?: readonly Permission[] | undefined
  readonly project?: string | undefined
  readonly expiresAtMs?: EpochMs | undefined
  /** Who makes it. */
  readonly by: string
}

/**
 * Makes a token. Its text is given here and never again: the store keeps a hash.
 * @throws {Failure} `governance/tokenNameTaken`
 */
export async function createToken(
  workspace: Workspace,
  order: TokenOrder,
): Promise<{ readonly token: Token; readonly text: string }> {
  const id = workspace.ids.next('token').replace('token_', '')
  const secret = newSecret()
  const made: HashedToken = {
    id,
    name: order.name,
    hash: await hashSecret(secret),
    role: order.role ?? null,
    scopes: [...new Set(order.scopes)],
    project: order.project ?? null,
    createdAtMs: workspace.clock.now(),
    createdBy: order.by,
    expiresAtMs: order.expiresAtMs ?? null,
    revokedAtMs: null,
    lastUsedAtMs: null,
  }
  if (!(await insertToken(workspace.database, made)))
    throw fail('tokenNameTaken', `Cannot make the token '${order.name}': one of that name is in force`)
  return { token: shown(made), text: tokenText({ id, secret }) }
}

/** Every token there ever was, the newest first. */
export async function tokens(workspace: Workspace): Promise<readonly Token[]> {
  return (await readTokens(workspace.database)).map(shown)
}

/**
 * Revokes a token for ever; one that was revoked before stays as it is. Every process follows within seconds.
 * @throws {Failure} `governance/noSuchToken`
 */
export async function revokeToken(
  workspace: Workspace,
  { id, by }: { readonly id: string; readonly by: string },
): Promise<Token> {
  await updateRevoked(workspace.database, id, { atMs: workspace.clock.now(), actor: by })
  const token = await readToken(workspace.database, id)
  if (!token) throw fail('noSuchToken', `Cannot revoke the token '${id}': there is none of this id`)
  return shown(token)
}

function shown(token: HashedToken): Token {
  const { hash, ...rest } = token
  void hash
  return rest
}
