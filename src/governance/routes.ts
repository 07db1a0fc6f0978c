import { z } from 'zod'
import { defineRoute, iso, type Route } from '#platform'
import { fail } from './failures.ts'
import { projectName, roles, scopes, type Token } from './schema.ts'
import { createToken, revokeToken, tokens } from './tokens/tokens.ts'

const moment = z.string().nullable().meta({ description: 'ISO 8601, in UTC' })
const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles).nullable(),
    scopes: z.array(z.string()),
    project: z.string().nullable().meta({ description: 'The project that it is bound to; null for none' }),
    createdAt: z.string(),
    createdBy: z.string(),
    expiresAt: moment,
    revokedAt: moment,
    lastUsedAt: moment.meta({ description: 'To within some minutes' }),
  })
  .meta({ id: 'Token' })

const orderSchema = z
  .strictObject({
    name: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/, "letters, digits, '.', '_' and '-', at most 63"),
    role: z.enum(roles).optional(),
    scopes: z.array(z.enum(scopes)).optional().meta({ description: 'What it may do beyond its role' }),
    project: projectName.optional().meta({ description: 'The project that it is bound to; none where absent' }),
    expiresAt: z.iso.datetime({ offset: true }).optional().meta({ description: 'Never where absent' }),
  })
  .refine(({ role, scopes }) => role !== undefined || (scopes ?? []).length > 0, 'a role, or at least one scope')

/** The addresses of tokens. */
export const routes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/tokens',
    permission: 'token:manage',
    summary: 'Every token there ever was, the newest first; without what is secret of it',
    tag: 'governance',
    response: z.array(tokenSchema),
    handler: async ({ workspace }) => (await tokens(workspace)).map(shown),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/tokens',
    permission: 'token:manage',
    summary: 'Make a token; its text is in this answer and never given again',
    tag: 'governance',
    body: orderSchema,
    status: 201,
    response: tokenSchema.extend({ token: z.string().meta({ description: 'What its bearer sends' }) }),
    handler: async ({ workspace, actor, body: { expiresAt, ...order } }) => {
      const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt)
      if (expiresAtMs !== undefined && expiresAtMs <= workspace.clock.now())
        throw fail('alreadyExpired', `Cannot make the token '${order.name}': it would have expired at ${expiresAt}`)
      const { token, text } = await createToken(workspace, { ...order, expiresAtMs, by: actor.id })
      return { ...shown(token), token: text }
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/tokens/{id}',
    permission: 'token:manage',
    summary: 'Revoke a token for ever: every process refuses it within seconds',
    tag: 'governance',
    params: z.object({ id: z.string() }),
    response: tokenSchema,
    handler: async ({ workspace, actor, params }) =>
      shown(await revokeToken(workspace, { id: params.id, by: actor.id })),
  }),
]

function shown({ createdAtMs, expiresAtMs, revokedAtMs, lastUsedAtMs, scopes, ...token }: Token) {
  const at = (ms: number | null): string | null => (ms === null ? null : iso(ms))
  return {
    ...token,
    scopes: [...scopes],
    createdAt: iso(createdAtMs),
    expiresAt: at(expiresAtMs),
    revokedAt: at(revokedAtMs),
    lastUsedAt: at(lastUsedAtMs),
  }
}
