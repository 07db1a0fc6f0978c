import { mergeModels } from './merge-models.ts'
import type { CountedHistogram, CountedModel, ServingCounts } from './serving-counts.ts'

/**
 * The counts of the serving processes in Prometheus' text format, those of one version added up over all of them.
 * @param ended what processes counted that have ended: without it, a count would fall when one ends
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function metricsText(processes: readonly ServingCounts[], ended: readonly CountedModel[] = []): string {
  const models = mergeModels([...ended, ...processes.flatMap((one) => one.models)])
  const lines: string[] = []
  for (const { name, help, type, of } of modelMetrics) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const model of models) lines.push(`${name}{${labels(model)}} ${of(model)}`)
  }
  for (const { name, help, of } of modelHistograms) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`)
    for (const model of models) lines.push(...histogramLines(name, labels(model), of(model)))
  }
  for (const { name, help, type, of } of processMetrics) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    processes.forEach((one, place) => lines.push(`${name}{process="${place}"} ${of(one)}`))
  }
  return `${lines.join('\n')}\n`
}

interface Metric<T> {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly of: (one: T) => number
}

const modelMetrics: readonly Metric<CountedModel>[] = [
  {
    name: 'millrace_inference_succeeded_total',
    help: 'Requests that were answered',
    type: 'counter',
    of: (m) => m.succeeded,
  },
  {
    name: 'millrace_inference_failed_total',
    help: 'Requests that the model or the prediction log failed',
    type: 'counter',
    of: (m) => m.failed,
  },
  {
    name: 'millrace_inference_rejected_total',
    help: 'Requests refused since the queue was full',
    type: 'counter',
    of: (m) => m.rejected,
  },
  {
    name: 'millrace_inference_expired_total',
    help: 'Requests dropped after their timeout',
    type: 'counter',
    of: (m) => m.expired,
  },
  {
    name: 'millrace_inference_shadow_dropped_total',
    help: 'Shadow requests dropped for live ones',
    type: 'counter',
    of: (m) => m.shadowDropped,
  },
  { name: 'millrace_inference_rows_total', help: 'Rows that were answered', type: 'counter', of: (m) => m.rows },
  {
    name: 'millrace_inference_rows_in_flight',
    help: 'Rows that wait or run now',
    type: 'gauge',
    of: (m) => m.inFlight,
  },
]

const modelHistograms: readonly {
  readonly name: string
  readonly help: string
  readonly of: (one: CountedModel) => CountedHistogram
}[] = [
  {
    name: 'millrace_inference_queue_seconds',
    help: 'From the arrival of a request to its run',
    of: (m) => m.histograms.queue,
  },
  { name: 'millrace_inference_run_seconds', help: 'Runs of the model', of: (m) => m.histograms.run },
  {
    name: 'millrace_inference_total_seconds',
    help: 'From the arrival of a request to its answer',
    of: (m) => m.histograms.total,
  },
  { name: 'millrace_inference_batch_rows', help: 'Rows of a run', of: (m) => m.histograms.batch },
]

const processMetrics: readonly Metric<ServingCounts>[] = [
  {
    name: 'millrace_serving_open_models',
    help: 'Models that the process keeps open',
    type: 'gauge',
    of: (p) => p.openModels,
  },
  {
    name: 'millrace_serving_open_model_bytes',
    help: 'Size of the files of the open models',
    type: 'gauge',
    of: (p) => p.openModelBytes,
  },
  {
    name: 'millrace_serving_evicted_models_total',
    help: 'Models closed to make room',
    type: 'counter',
    of: (p) => p.evictedModels,
  },
  { name: 'millrace_serving_resident_bytes', help: 'Memory of the process', type: 'gauge', of: (p) => p.residentBytes },
  {
    name: 'millrace_serving_cpu_seconds_total',
    help: 'Time of the process on processors',
    type: 'counter',
    of: (p) => p.cpuSeconds,
  },
]

/** A metric as the documentation lists it. */
export interface MetricName {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

/** Names of all metrics with what they say, for the documentation. */
export const metricNames: readonly MetricName[] = [
  ...modelMetrics.map(({ name, type, help }) => ({ name, type, help, labels: ['model', 'version'] })),
  ...modelHistograms.map(({ name, help }) => ({
    name,
    type: 'histogram' as const,
    help,
    labels: ['model', 'version'],
  })),
  ...processMetrics.map(({ name, type, help }) => ({ name, type, help, labels: ['process'] })),
]

const labels = ({ model, version }: CountedModel): string => `model="${escaped(model)}",version="${escaped(version)}"`
const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

function histogramLines(name: string, label: string, { bounds, counts, sum }: CountedHistogram): string[] {
  let below = 0
  const buckets = counts.map((count, place) => {
    below += count
    return `${name}_bucket{${label},le="${bounds[place] ?? '+Inf'}"} ${below}`
  })
  return [...buckets, `${name}_sum{${label}} ${sum}`, `${name}_count{${label}} ${below}`]
}
