import { canonicalJson, type Json, type Workspace } from '#platform'
import { decisionHash, noHash } from './decision-hash.ts'
import { appendDecision } from './store.ts'
import type { Decision, DecisionKind } from './schema.ts'

/** What is told of a decision when it is made. */
export interface DecisionEntry {
  readonly system: string
  readonly kind: DecisionKind
  readonly subject: string
  readonly ruling: string
  readonly policy?: string | null
  readonly actor: string
  readonly evidence: Json
  /** The same for the same decision, so that a workflow that runs again records it once: 'gate/run_01j…'. */
  readonly key: string
}

/**
 * Appends a decision to the log and returns it. A second call with the same key changes nothing and returns the first:
 * what was ruled stands.
 * @throws TypeError when the evidence holds what JSON cannot, such as NaN
 */
export async function recordDecision(workspace: Workspace, entry: DecisionEntry): Promise<Decision> {
  // Stored and hashed in one form, so that reading it back gives the same hash.
  const evidence = JSON.parse(canonicalJson(entry.evidence)) as Json
  return appendDecision(workspace.database, {
    key: entry.key,
    make: (last) => {
      const decision = {
        id: workspace.ids.next('decision'),
        sequence: (last?.sequence ?? 0) + 1,
        atMs: workspace.clock.now(),
        system: entry.system,
        kind: entry.kind,
        subject: entry.subject,
        ruling: entry.ruling,
        policy: entry.policy ?? null,
        actor: entry.actor,
        evidence,
        key: entry.key,
        previousHash: last?.hash ?? noHash,
      }
      return { ...decision, hash: decisionHash(decision) }
    },
  })
}
