import { estimate, type Judgement } from '#evaluation'
import type { RealisedPerformance } from './schema.ts'

/**
 * What predictions turned out to be worth, on rows whose outcomes are known. Intervals are normal approximations (linear in
 * the rows), so it can be asked for every window.
 *
 * @param judgement scores, what was decided by them, and the truth, of the same rows; at least one
 * @throws {Failure} as `measure` of evaluation
 */
export function realisedPerformance(judgement: Judgement): RealisedPerformance {
  const { 'expected-cost': costPer, ...metrics } = estimate(judgement)
  const rows = judgement.truth.kind === 'numbers' ? judgement.truth.values.length : judgement.truth.labels.length
  return { rows, costPer: costPer ?? null, metrics }
}
