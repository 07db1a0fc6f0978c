import type { SplitInput } from '../schema.ts'

type Options<Kind extends SplitInput['kind']> = Omit<Extract<SplitInput, { kind: Kind }>, 'kind'>

/** Trains on the past and judges on the newest rows. */
export const timeSplit = (options: Options<'time'> = {}): SplitInput => ({ ...options, kind: 'time' })

/** Judges on a random share of the rows. */
export const randomSplit = (options: Options<'random'> = {}): SplitInput => ({ ...options, kind: 'random' })

/** Judges on a random share of the groups: rows of one group never stand on both sides. */
export const groupSplit = (options: Options<'group'>): SplitInput => ({ ...options, kind: 'group' })

/** Judges every row once, by a model that did not see it. */
export const kFold = (options: Options<'k-fold'> = {}): SplitInput => ({ ...options, kind: 'k-fold' })
