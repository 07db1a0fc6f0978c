import type { SystemInput } from '../schema.ts'

type HistoryInput = NonNullable<SystemInput['dataset']['history']>[number]

/**
 * Columns that say how it went so far: the mean (or sum, or count) of `of` over past rows with the same `by`, of the
 * outcomes known at that moment only. One column a span: `late_by_route_7d`.
 */
export const history = (name: string, options: Omit<HistoryInput, 'name'>): HistoryInput => ({ ...options, name })
