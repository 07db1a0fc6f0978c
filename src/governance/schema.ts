import { z } from 'zod'
import type { EpochMs, Id, Json } from '#platform'

/** What a decision is about. */
export type DecisionKind =
  | 'apply'
  | 'quality'
  | 'choice'
  | 'gate'
  | 'release'
  | 'retrain'
  | 'alias'
  | 'state'
  | 'signal'
  | 'setting'

/** A ruling with all that it rests on; one entry of the append-only log. */
export interface Decision {
  readonly id: Id<'decision'>
  /** 1, 2, 3 … over the whole workspace, without gaps. */
  readonly sequence: number
  readonly atMs: EpochMs
  readonly system: string
  readonly kind: DecisionKind
  /** What it is about, such as 'version 4' or 'flights'. */
  readonly subject: string
  /** What was ruled, such as 'promoted' or 'retrain now'. */
  readonly ruling: string
  /** The rule that ruled, such as 'gate beats(champion)'; null where a person did without one. */
  readonly policy: string | null
  /** Who acted: 'loop', or a person or token by name. */
  readonly actor: string
  /** Everything that the rule saw. */
  readonly evidence: Json
  /** What makes it the same decision when a killed workflow runs again. */
  readonly key: string
  /** Hash of the decision before it; 64 zeros for the first. */
  readonly previousHash: string
  /** SHA-256 of the canonical JSON of all the fields above. */
  readonly hash: string
}

/** Roles, each holding all rights of those before it. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

/** What somebody may be allowed to do. A route names the one that it asks for; what is not granted is denied. */
export const permissions = [
  'system:read',
  'data:read',
  'model:read',
  'run:read',
  'decision:read',
  'prediction:make',
  'outcome:write',
  'data:pull',
  'run:start',
  'run:cancel',
  'run:write',
  'model:write',
  'release:decide',
  'system:apply',
  'store:manage',
  'token:manage',
] as const
export type Permission = (typeof permissions)[number]

/** What a token can be given one by one: all but the making of tokens, which is for admins. */
export const scopes = permissions.filter((permission) => permission !== 'token:manage')

/** The project that every store has: it holds the systems, and what belongs to no other project. */
export const defaultProject = 'default'

/** Name of a project: a space of names that experiments and registered models belong to. */
export const projectName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "lower-case letters, digits and '-', starting with a letter, at most 63")

/** A token as it may be shown: who calls by it, and what they may do. */
export interface Token {
  readonly id: string
  readonly name: string
  /** All that the role may do; null where only the scopes count. */
  readonly role: Role | null
  /** What it may do beyond its role. */
  readonly scopes: readonly Permission[]
  /** The project that it is bound to; null where it is bound to none. */
  readonly project: string | null
  readonly createdAtMs: EpochMs
  readonly createdBy: string
  /** Null for never. */
  readonly expiresAtMs: EpochMs | null
  /** Null where it was not revoked. */
  readonly revokedAtMs: EpochMs | null
  /** To within some minutes; null where it was never used. */
  readonly lastUsedAtMs: EpochMs | null
}
