/**
 * Rehearsal: replays history through the loop on a virtual clock, in a scratch store, and says what it would have cost.
 * Owns no tables and emits no events.
 *
 * Invariant: the same system and data give the same report, byte for byte.
 */
export { rehearse } from './rehearse.ts'
export type { RehearsalProgress, RehearseOptions } from './rehearse.ts'
export { varySystem } from './vary.ts'
export type { Variation } from './vary.ts'
