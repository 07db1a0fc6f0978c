import type { Database } from '#platform'
import type { Permission, Role, Token } from '../../schema.ts'

interface Row {
  id: string
  name: string
  hash: string
  role: string | null
  /** A JSON list of permissions. */
  scopes: string
  project: string | null
  created_at_ms: number
  created_by: string
  expires_at_ms: number | null
  revoked_at_ms: number | null
  revoked_by: string | null
  last_used_at_ms: number | null
}

/** A token with the hash by which its secret is known. */
export type HashedToken = Token & { readonly hash: string }

const open = (database: Database) => database.withTables<{ governance_tokens: Row }>()

/** Adds a token where no other of its name is in force. @returns whether it was added */
export async function insertToken(database: Database, token: HashedToken): Promise<boolean> {
  const added = await open(database)
    .insertInto('governance_tokens')
    .values(rowOf(token))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return added.numInsertedOrUpdatedRows === 1n
}

export async function readToken(database: Database, id: string): Promise<HashedToken | undefined> {
  const row = await open(database).selectFrom('governance_tokens').selectAll().where('id', '=', id).executeTakeFirst()
  return row && tokenOf(row)
}

/** Every token there ever was, the newest first. */
export async function readTokens(database: Database): Promise<HashedToken[]> {
  const query = open(database).selectFrom('governance_tokens').selectAll()
  return (await query.orderBy('created_at_ms', 'desc').orderBy('id').execute()).map(tokenOf)
}

/** Revokes a token that was not revoked before: the first to do so stands. */
export const updateRevoked = (database: Database, id: string, by: { readonly atMs: number; readonly actor: string }) =>
  open(database)
    .updateTable('governance_tokens')
    .set({ revoked_at_ms: by.atMs, revoked_by: by.actor })
    .where('id', '=', id)
    .where('revoked_at_ms', 'is', null)
    .execute()

/** Notes that a token was used, where that was not noted after some moment. */
export const updateLastUsed = (
  database: Database,
  id: string,
  at: { readonly atMs: number; readonly unlessAfterMs: number },
) =>
  open(database)
    .updateTable('governance_tokens')
    .set({ last_used_at_ms: at.atMs })
    .where('id', '=', id)
    .where((be) => be.or([be('last_used_at_ms', 'is', null), be('last_used_at_ms', '<=', at.unlessAfterMs)]))
    .execute()

const rowOf = (token: HashedToken): Row => ({
  id: token.id,
  name: token.name,
  hash: token.hash,
  role: token.role,
  scopes: JSON.stringify(token.scopes),
  project: token.project,
  created_at_ms: token.createdAtMs,
  created_by: token.createdBy,
  expires_at_ms: token.expiresAtMs,
  revoked_at_ms: token.revokedAtMs,
  revoked_by: null,
  last_used_at_ms: token.lastUsedAtMs,
})

const tokenOf = (row: Row): HashedToken => ({
  id: row.id,
  name: row.name,
  hash: row.hash,
  role: row.role as Role | null,
  scopes: JSON.parse(row.scopes) as Permission[],
  project: row.project,
  createdAtMs: row.created_at_ms,
  createdBy: row.created_by,
  expiresAtMs: row.expires_at_ms,
  revokedAtMs: row.revoked_at_ms,
  lastUsedAtMs: row.last_used_at_ms,
})
