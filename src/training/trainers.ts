import type { Scores } from '#model'
import { majorityTrainer } from './baseline/majority-trainer.ts'
import { meanTrainer } from './baseline/mean-trainer.ts'
import { seasonalNaiveTrainer } from './baseline/seasonal-naive-trainer.ts'
import { fail } from './failures.ts'
import { linearTrainer } from './linear/linear-trainer.ts'
import { logisticTrainer } from './linear/logistic-trainer.ts'
import { ruleTrainer } from './rule/rule-trainer.ts'
import type { Trainer } from './schema.ts'
import { boostedTreesTrainer } from './trees/boosted-trees-trainer.ts'

/** A trainer whose parameters have been checked against it, so that their type no longer matters. */
export type AnyTrainer = Trainer<Record<string, unknown>, Scores | Promise<Scores>>

/** Every trainer, up the ladder. */
export const trainers: readonly AnyTrainer[] = [
  majorityTrainer,
  meanTrainer,
  seasonalNaiveTrainer,
  ruleTrainer,
  linearTrainer,
  logisticTrainer,
  boostedTreesTrainer,
].map((trainer) => trainer as unknown as AnyTrainer)

/**
 * The trainer of a kind.
 * @throws {Failure} `training/unknownTrainer`
 */
export function trainerOf(kind: string): AnyTrainer {
  const found = trainers.find((trainer) => trainer.kind === kind)
  if (found) return found
  const kinds = trainers.map((trainer) => trainer.kind).join(', ')
  throw fail('unknownTrainer', `Cannot find a trainer '${kind}': there are ${kinds}`, { details: { kind } })
}
