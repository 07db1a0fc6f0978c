import type { Histogram } from '../engine/histogram.ts'
import type { ModelCounts } from '../engine/model-meter.ts'
import type { HostedFile } from '../engine/model-host.ts'
import type { DurationCount, ModelStatistics } from './schema.ts'

const nothing: DurationCount = { count: 0, ns: 0 }

/**
 * What a version has counted, in the form of the protocol's statistics. Reading inputs and writing outputs are part of
 * the whole and not counted apart; runs are grouped by the upper bound of the histogram of batch sizes.
 */
export function statisticsOf(
  { model, version }: Pick<HostedFile, 'model' | 'version'>,
  counts: ModelCounts,
): ModelStatistics {
  const { total, queue, run, batch, succeeded, failed } = counts
  const runs = count(run)
  const nsPerRun = runs === 0 ? 0 : Math.round((run.sum * 1e9) / runs)
  const all = count(total)
  const nsPerRequest = all === 0 ? 0 : (total.sum * 1e9) / all
  return {
    name: model,
    version,
    lastInference: counts.lastMs,
    inferenceCount: counts.rows,
    executionCount: runs,
    success: { count: succeeded, ns: Math.round(nsPerRequest * succeeded) },
    fail: { count: failed, ns: Math.round(nsPerRequest * failed) },
    queue: durations(queue),
    computeInput: nothing,
    computeInfer: durations(run),
    computeOutput: nothing,
    batches: batch.bounds.flatMap((batchSize, place) => {
      const times = batch.counts[place] as number
      return times === 0 ? [] : [{ batchSize, computeInfer: { count: times, ns: times * nsPerRun } }]
    }),
  }
}

const count = ({ counts }: Histogram): number => counts.reduce((sum, one) => sum + one, 0)
const durations = (histogram: Histogram): DurationCount => ({
  count: count(histogram),
  ns: Math.round(histogram.sum * 1e9),
})
