import type { Database, Json } from '#platform'
import type { Decision, DecisionKind } from './schema.ts'

interface Row {
  sequence: number
  id: string
  decision_key: string
  at_ms: number
  system: string
  kind: string
  subject: string
  ruling: string
  policy: string | null
  actor: string
  evidence: string
  previous_hash: string
  hash: string
}

const open = (database: Database) => database.withTables<{ governance_decisions: Row }>()

/**
 * Adds one decision after the last, both read and written in one transaction that holds the writer's lock: the
 * caller's own where `database` is one, so that a decision and what it changes happen together or not at all.
 * @param make what follows the last decision (null before the first)
 * @returns the decision that holds `key` already, or the new one
 */
export function appendDecision(
  database: Database,
  { key, make }: { key: string; make: (last: Pick<Decision, 'sequence' | 'hash'> | null) => Decision },
): Promise<Decision> {
  const append = async (transaction: ReturnType<typeof open>): Promise<Decision> => {
    const held = await transaction
      .selectFrom('governance_decisions')
      .selectAll()
      .where('decision_key', '=', key)
      .executeTakeFirst()
    if (held) return decisionOf(held)
    const last = await transaction
      .selectFrom('governance_decisions')
      .select(['sequence', 'hash'])
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst()
    const decision = make(last ?? null)
    await transaction.insertInto('governance_decisions').values(rowOf(decision)).execute()
    return decision
  }
  const db = open(database)
  return db.isTransaction ? append(db) : db.transaction().execute(append)
}

/** Decisions in the order they were made. */
export async function readDecisions(
  database: Database,
  filter: {
    system?: string | undefined
    kinds?: readonly DecisionKind[] | undefined
    fromMs?: number | undefined
    toMs?: number | undefined
    after?: number
    limit?: number | undefined
  },
): Promise<Decision[]> {
  let query = open(database).selectFrom('governance_decisions').selectAll().orderBy('sequence')
  if (filter.system !== undefined) query = query.where('system', '=', filter.system)
  if (filter.kinds !== undefined) query = query.where('kind', 'in', filter.kinds)
  if (filter.fromMs !== undefined) query = query.where('at_ms', '>=', filter.fromMs)
  if (filter.toMs !== undefined) query = query.where('at_ms', '<', filter.toMs)
  if (filter.after !== undefined) query = query.where('sequence', '>', filter.after)
  if (filter.limit !== undefined) query = query.limit(filter.limit)
  return (await query.execute()).map(decisionOf)
}

function rowOf({ key, atMs, evidence, previousHash, ...same }: Decision): Row {
  return {
    ...same,
    decision_key: key,
    at_ms: atMs,
    evidence: JSON.stringify(evidence),
    previous_hash: previousHash,
  }
}

function decisionOf({ decision_key, at_ms, evidence, previous_hash, ...same }: Row): Decision {
  return {
    ...same,
    kind: same.kind as DecisionKind,
    atMs: at_ms,
    evidence: JSON.parse(evidence) as Json,
    key: decision_key,
    previousHash: previous_hash,
  }
}
