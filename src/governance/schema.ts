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
  'decision:read',
  'prediction:make',
  'outcome:write',
  'data:pull',
  'run:start',
  'run:cancel',
  'run:write',
  'release:decide',
  'system:apply',
  'store:manage',
] as const
export type Permission = (typeof permissions)[number]
