import { programKinds } from '#system'
import { trainers } from '#training'

/**
 * The place of a kind of candidate on the ladder: 0 no-ML, 1 rule, 2 simple model, 3 complex model, 4 a program of one's own,
 * which has to be kept running beside the system.
 */
export const rungOf = (kind: string): number =>
  programKinds.has(kind) ? 4 : (trainers.find((trainer) => trainer.kind === kind)?.rung ?? 3)
