import { contentHash } from '#platform'
import type { Decision } from './schema.ts'

/** SHA-256 of the canonical JSON of a decision without its own hash; it covers the hash of the decision before. */
export function decisionHash(decision: Omit<Decision, 'hash'>): string {
  const { id, sequence, atMs, system, kind, subject, ruling, policy, actor, evidence, key, previousHash } = decision
  return contentHash({ id, sequence, atMs, system, kind, subject, ruling, policy, actor, evidence, key, previousHash })
}

/** What stands before the first decision. */
export const noHash = '0'.repeat(64)
