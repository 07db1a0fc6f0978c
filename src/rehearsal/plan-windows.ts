import type { Dataset } from '#dataset'
import { durationMs, iso, type EpochMs } from '#platform'
import type { SystemSpec } from '#system'
import { fail } from './failures.ts'

/** The windows of a rehearsal: served from `startMs` on, after a first training on what came before. */
export interface WindowPlan {
  readonly startMs: EpochMs
  readonly endMs: EpochMs
  readonly windowMs: number
}

/**
 * Where a rehearsal begins and ends: the first window after enough history to train (window and holdout of a split by
 * time, a sixth of all at most, and never less than two holdouts: one to learn from, one to be judged on), to the last
 * whole window.
 * @throws {Failure} `rehearsal/noTime`, `rehearsal/tooShort`
 */
export function planWindows(system: SystemSpec, dataset: Pick<Dataset, 'timeRange' | 'outcomeAfterMs'>): WindowPlan {
  const { timeRange, outcomeAfterMs } = dataset
  if (!timeRange) throw fail('noTime', `Cannot rehearse '${system.name}': its rows have no moment of prediction`)
  const windowMs = durationMs(system.monitor.window)
  const { split } = system.evaluation
  const whole = (ms: number): number => Math.ceil(ms / windowMs) * windowMs
  const sixth = Math.floor((timeRange.toMs - timeRange.fromMs) / 6 / windowMs) * windowMs
  const reach = split.kind === 'time' && split.window ? durationMs(split.window) + durationMs(split.holdout) : sixth
  const holdoutMs = split.kind === 'time' ? durationMs(split.holdout) : 0
  const least = Math.max(sixth, windowMs, whole(2 * holdoutMs + outcomeAfterMs))
  const firstMs = Math.floor(timeRange.fromMs / windowMs) * windowMs
  const startMs = firstMs + Math.min(whole(reach), least) + whole(outcomeAfterMs)
  const endMs = Math.floor(timeRange.toMs / windowMs) * windowMs
  if (endMs - startMs < 2 * windowMs)
    throw fail(
      'tooShort',
      `Cannot rehearse '${system.name}': its rows reach from ${iso(timeRange.fromMs)} to ${iso(timeRange.toMs)}, and the first training needs all up to ${iso(startMs)}`,
    )
  return { startMs, endMs, windowMs }
}
