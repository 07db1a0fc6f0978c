import { trainers } from '#training'

/** The place of a kind of candidate on the ladder: 0 no-ML, 1 rule, 2 simple model, 3 complex model. */
export const rungOf = (kind: string): number => trainers.find((trainer) => trainer.kind === kind)?.rung ?? 3
