/**
 * System: the one typed file. Its form, its builders, its versions, what a change of it would cause.
 * Tables: `system_versions`. Emits `system applied`. Invariant: an applied version never changes.
 */
export * from './schema.ts'
