/**
 * Analysis: the objective against what happened. Turns what the other parts recorded into tables, pages and verdicts.
 * Owns no tables, emits no events, reads all. Invariant: it only reads.
 */
export type * from './schema.ts'
export { compareArms, judgeObjective, relativeChange, type ArmWindow } from './compare-arms.ts'
export { rehearsalPage } from './rehearsal-page.ts'
export { rehearsalText } from './rehearsal-text.ts'
