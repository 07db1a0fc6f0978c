import type { Workspace } from '#platform'
import { decisionHash, noHash } from './decision-hash.ts'
import { readDecisions } from './store.ts'
import type { Decision } from './schema.ts'

/** What a check of the whole log found. */
export type DecisionLogState =
  | {
      readonly whole: true
      readonly decisions: number
      /** Hash of the last decision: kept elsewhere, it shows later whether the end of the log was cut off. */
      readonly head: string
    }
  | {
      readonly whole: false
      /** The first place that does not fit. */
      readonly sequence: number
      readonly why: string
    }

/**
 * Reads the whole log and computes every hash again: a decision that was changed, removed, inserted or moved shows.
 * Only a cut of the newest decisions cannot be seen from the log itself; compare `head` with an earlier one for that.
 */
export async function verifyDecisionLog(workspace: Workspace): Promise<DecisionLogState> {
  let sequence = 0
  let head = noHash
  for (;;) {
    const page = await readDecisions(workspace.database, { after: sequence, limit: pageSize })
    for (const decision of page) {
      const why = misfit(decision, { sequence: sequence + 1, previousHash: head })
      if (why !== null) return { whole: false, sequence: sequence + 1, why }
      sequence = decision.sequence
      head = decision.hash
    }
    if (page.length < pageSize) return { whole: true, decisions: sequence, head }
  }
}

function misfit(decision: Decision, expected: { sequence: number; previousHash: string }): string | null {
  if (decision.sequence !== expected.sequence)
    return `decision ${expected.sequence} is missing: ${decision.sequence} follows`
  if (decision.previousHash !== expected.previousHash)
    return `decision ${decision.sequence} does not follow the one before it`
  if (decision.hash !== decisionHash(decision)) return `decision ${decision.sequence} was changed after it was made`
  return null
}

const pageSize = 1000
