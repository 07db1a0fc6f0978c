import { durationBounds, newHistogram, observe, rowBounds, type Histogram } from './histogram.ts'

/** What happened to the requests of one version in this process. */
export interface ModelCounts {
  readonly queue: Histogram
  readonly run: Histogram
  readonly total: Histogram
  readonly batch: Histogram
  succeeded: number
  failed: number
  rejected: number
  expired: number
  shadowDropped: number
  rows: number
  lastMs: number
}

/** Counts what happens to the requests of one version. */
export interface ModelMeter {
  readonly counts: ModelCounts
  answered(rows: number, times: { readonly queueMs: number; readonly totalMs: number }): void
  failed(rows: number, times: { readonly queueMs: number; readonly totalMs: number }): void
  ran(rows: number, ms: number): void
  rejected(lane: 'live' | 'shadow'): void
  expired(): void
}

export function modelMeter(clock: { now(): number }): ModelMeter {
  const counts: ModelCounts = {
    queue: newHistogram(durationBounds),
    run: newHistogram(durationBounds),
    total: newHistogram(durationBounds),
    batch: newHistogram(rowBounds),
    succeeded: 0,
    failed: 0,
    rejected: 0,
    expired: 0,
    shadowDropped: 0,
    rows: 0,
    lastMs: 0,
  }
  return {
    counts,
    answered: (rows, { queueMs, totalMs }) => {
      counts.succeeded++
      counts.rows += rows
      observe(counts.queue, queueMs / 1000)
      observe(counts.total, totalMs / 1000)
    },
    failed: (_, { queueMs, totalMs }) => {
      counts.failed++
      observe(counts.queue, queueMs / 1000)
      observe(counts.total, totalMs / 1000)
    },
    ran: (rows, ms) => {
      counts.lastMs = clock.now()
      observe(counts.batch, rows)
      observe(counts.run, ms / 1000)
    },
    rejected: (lane) => {
      if (lane === 'live') counts.rejected++
      else counts.shadowDropped++
    },
    expired: () => {
      counts.expired++
    },
  }
}
