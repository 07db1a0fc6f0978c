import { latencies } from '../serving/latencies.ts'
import type { TrackingClient } from './client.ts'

/** What a server took for each kind of work, in milliseconds; the batches in metrics a second. */
export interface WorkloadFigures {
  readonly createRun: number
  readonly logMetric: number
  readonly logParam: number
  readonly batchPerSecond: number
  readonly search: number
  readonly fullRuns: number
  readonly history: number
  readonly getRun: number
}

/**
 * What training scripts and pages ask of a tracking server, one request after another: 300 runs; single metrics and
 * parameters; batches of 1,000; a search with filter and order; all 300 runs with what they hold; a page of 25,000 points.
 */
export async function trackingWorkload(client: TrackingClient): Promise<WorkloadFigures> {
  const { experiment_id } = await client.call('experiments/create', { name: `bench-${Date.now()}` })
  const ids: string[] = []
  const createRun = await medianOf(300, async (k) => {
    const made = await client.call('runs/create', { experiment_id, user_id: 'ana', start_time: 1_790_000_000_000 + k })
    ids.push((made as { run: { info: { run_id: string } } }).run.info.run_id)
  })
  const [first, second, third] = ids as [string, string, string]
  const logMetric = await medianOf(300, (k) =>
    client.call('runs/log-metric', {
      run_id: first,
      key: 'loss',
      value: 1 / (k + 1),
      timestamp: 1_790_000_000_000 + k,
      step: k,
    }),
  )
  const logParam = await medianOf(100, (k) =>
    client.call('runs/log-parameter', { run_id: first, key: `p${k}`, value: String(k) }),
  )
  const began = performance.now()
  for (let batch = 0; batch < 10; batch++)
    await client.call('runs/log-batch', { run_id: second, metrics: points(1000, (k) => ({ key: `m${batch}_${k}` })) })
  for (let batch = 0; batch < 50; batch++)
    await client.call('runs/log-batch', {
      run_id: third,
      metrics: points(1000, (k) => ({ key: 'long', step: batch * 1000 + k })),
    })
  const batchPerSecond = 60_000 / ((performance.now() - began) / 1000)
  for (const [r, run_id] of ids.entries())
    await client.call('runs/log-batch', {
      run_id,
      metrics: points(20, (k) => ({ key: `a${k}`, value: ((r * 37 + k * 11) % 100) / 100 })),
      params: Array.from({ length: 20 }, (_, k) => ({ key: `q${k}`, value: String((r + k) % 9) })),
      tags: Array.from({ length: 5 }, (_, k) => ({ key: `t${k}`, value: `value ${k}` })),
    })
  const search = await medianOf(20, () =>
    client.call('runs/search', {
      experiment_ids: [experiment_id],
      filter: "metrics.a0 > 0.5 and params.q0 = '1'",
      order_by: ['metrics.a1 DESC'],
      max_results: 100,
    }),
  )
  const fullRuns = await medianOf(10, () =>
    client.call('runs/search', { experiment_ids: [experiment_id], max_results: 300 }),
  )
  const history = await medianOf(5, () =>
    client.call(`metrics/get-history?run_id=${third}&metric_key=long&max_results=25000`),
  )
  const getRun = await medianOf(100, () => client.call(`runs/get?run_id=${first}`))
  return { createRun, logMetric, logParam, batchPerSecond, search, fullRuns, history, getRun }
}

function points(
  count: number,
  of: (k: number) => { readonly key: string; readonly step?: number; readonly value?: number },
) {
  return Array.from({ length: count }, (_, k) => ({
    value: k / 7,
    timestamp: 1_790_000_000_000 + k,
    step: 0,
    ...of(k),
  }))
}

export async function medianOf(times: number, work: (k: number) => Promise<unknown>): Promise<number> {
  const took = new Float64Array(times)
  for (let k = 0; k < times; k++) {
    const began = performance.now()
    await work(k)
    took[k] = performance.now() - began
  }
  return latencies(took).p50
}
