import type { Histogram } from '../engine/histogram.ts'
import type { ModelHost } from '../engine/model-host.ts'

/** What one version of a model has counted, as plain data. */
export interface CountedModel {
  readonly model: string
  readonly version: string
  readonly histograms: Readonly<Record<'queue' | 'run' | 'total' | 'batch', CountedHistogram>>
  readonly succeeded: number
  readonly failed: number
  readonly rejected: number
  readonly expired: number
  readonly shadowDropped: number
  readonly rows: number
  /** Rows that wait or run now. */
  readonly inFlight: number
}

export interface CountedHistogram {
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  readonly sum: number
}

/** What a serving process has counted since it started. */
export interface ServingCounts {
  readonly models: readonly CountedModel[]
  readonly openModels: number
  readonly openModelBytes: number
  readonly evictedModels: number
  readonly residentBytes: number
  readonly cpuSeconds: number
}

/** Counts of this process. */
export function servingCounts(host: ModelHost): ServingCounts {
  const { user, system } = process.cpuUsage()
  return {
    models: host.counted().map(({ file, meter }) => {
      const { queue, run, total, batch, lastMs: _, ...numbers } = meter.counts
      const resident = host.look(file.key)
      return {
        model: file.model,
        version: file.version,
        histograms: { queue: plain(queue), run: plain(run), total: plain(total), batch: plain(batch) },
        ...numbers,
        inFlight: resident ? resident.queue.waitingRows + resident.queue.runningRows : 0,
      }
    }),
    openModels: host.openModels,
    openModelBytes: host.openBytes,
    evictedModels: host.evicted,
    residentBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
  }
}

const plain = ({ bounds, counts, sum }: Histogram): CountedHistogram => ({ bounds, counts: [...counts], sum })
