import type { SystemInput } from '../schema.ts'

type GateInput = NonNullable<SystemInput['evaluation']['gates']>[number]

/** A new version must do better than the champion, or than a candidate by name, on the primary metric. */
export const beats = (what: 'champion' | (string & {})): GateInput => ({ kind: 'beats', what })

/** A metric must be at least so high. */
export const atLeast = (metric: string, value: number): GateInput => ({ kind: 'at-least', metric, value })

/** A metric must be at most so high. */
export const atMost = (metric: string, value: number): GateInput => ({ kind: 'at-most', metric, value })
