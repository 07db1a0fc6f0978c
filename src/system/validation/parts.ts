import type { SystemSpec } from '../schema.ts'

/** The parts of a system that have the right form; the others are absent. */
export type Parts = Partial<SystemSpec>
