/**
 * Governance: who may do what, by which token and in which project; and what was decided, by whom or by which policy, on
 * which evidence, for ever. Tables: `governance_decisions`, `governance_tokens`. Emits `decision made`.
 * Invariants: a decision is never changed nor removed; each holds the hash of the one before it. The secret of a token is
 * stored nowhere; what no role or scope grants is refused.
 */
export * from './schema.ts'
export { recordDecision } from './record-decision.ts'
export type { DecisionEntry } from './record-decision.ts'
export { decisions } from './decisions.ts'
export type { DecisionFilter } from './decisions.ts'
export { verifyDecisionLog } from './verify-decision-log.ts'
export type { DecisionLogState } from './verify-decision-log.ts'
export { permits } from './permits.ts'
export { openAccess } from './access/open-access.ts'
export { projectHeader, projectOf } from './access/project-of.ts'
export { createToken, revokeToken, tokens } from './tokens/tokens.ts'
export type { TokenOrder } from './tokens/tokens.ts'
export { routes } from './routes.ts'
