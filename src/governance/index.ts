/**
 * Governance: who may do what, and what was decided, by whom or by which policy, on which evidence, for ever.
 * Tables: `governance_decisions`. Emits `decision made`.
 * Invariants: a decision is never changed nor removed; each holds the hash of the one before it.
 */
export * from './schema.ts'
export { migrations } from './migrations.ts'
export { recordDecision } from './record-decision.ts'
export type { DecisionEntry } from './record-decision.ts'
export { decisions } from './decisions.ts'
export type { DecisionFilter } from './decisions.ts'
export { verifyDecisionLog } from './verify-decision-log.ts'
export type { DecisionLogState } from './verify-decision-log.ts'
export { permits } from './permits.ts'
