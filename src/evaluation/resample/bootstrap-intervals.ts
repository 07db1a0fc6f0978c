import type { Task } from '#model'
import type { Random } from '#platform'
import { metricOf } from '../metrics.ts'
import type { Sample } from '../sample/sample.ts'
import type { Interval } from '../schema.ts'
import { quantileOf } from './quantile-of.ts'
import { resample } from './resample.ts'

export interface BootstrapOptions {
  readonly task: Task
  readonly random: Random
  readonly resamples: number
}

/**
 * Every metric of a sample that has a value, with its 95 % interval.
 *
 * Percentiles of the bootstrap, held within the range of the metric. Above a few thousand rows the draws are of cells of
 * like rows: the value is exact, and the interval is the value plus the percentiles of how far the draws stray from the
 * cells' own value. A calibration error only grows by resampling, so its draws are taken about their mean instead.
 */
export function bootstrapIntervals(sample: Sample, options: BootstrapOptions): Record<string, Interval> {
  const exact = sample.measure(sample.weights)
  const cells = sample.coarsen(options.random.fork('cells'))
  const centre = cells === sample ? exact : cells.measure(cells.weights)
  const draws: Record<string, number[]> = {}
  resample(cells, { ...options, random: options.random.fork('draws') }, (weights) => {
    for (const [name, value] of Object.entries(cells.measure(weights)))
      if (Number.isFinite(value)) (draws[name] ??= []).push(value)
  })
  const intervals: Record<string, Interval> = {}
  for (const [name, value] of Object.entries(exact)) {
    if (!Number.isFinite(value)) continue
    const drawn = draws[name] ?? []
    const closed = sample.interval(name)
    const about = name.startsWith('ece-') ? mean(drawn) : (centre[name] ?? value)
    intervals[name] = closed ?? withinRange({ value, ...percentiles(value, drawn, about) }, name, options.task)
  }
  return intervals
}

function percentiles(value: number, drawn: readonly number[], about: number): { low: number; high: number } {
  if (drawn.length === 0) return { low: value, high: value }
  const strays = Float64Array.from(drawn, (draw) => draw - about).sort()
  return { low: value + quantileOf(strays, 0.025), high: value + quantileOf(strays, 0.975) }
}

/** The interval without the part that the metric cannot take. */
export function withinRange<T extends { low: number; high: number }>(interval: T, name: string, task: Task): T {
  const [least, greatest] = metricOf(name, task).range
  return {
    ...interval,
    low: Math.max(least ?? -Infinity, interval.low),
    high: Math.min(greatest ?? Infinity, interval.high),
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
