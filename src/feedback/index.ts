/**
 * Feedback: what became of predictions. Outcomes by prediction or by entity, from the API and from files, late and
 * corrected ones too. Tables: `feedback_batches`, `feedback_outcomes`. Emits `outcomes arrived`.
 *
 * Invariants: an outcome belongs to a prediction that was made; the latest observed counts and every earlier one is
 * kept; a row that cannot be taken is refused by itself; what is sent twice is taken once.
 */
export type * from './schema.ts'
export { importOutcomes } from './import-outcomes.ts'
export type { ImportOutcomesOptions } from './import-outcomes.ts'
export { outcomeRelation } from './outcome-relation.ts'
export type { OutcomeRelationOptions } from './outcome-relation.ts'
export { recordOutcomes } from './record-outcomes.ts'
export type { RecordOutcomesOptions } from './record-outcomes.ts'
export { routes } from './routes.ts'
