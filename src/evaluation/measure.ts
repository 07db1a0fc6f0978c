import { metricOf } from './metrics.ts'
import { withinRange } from './resample/bootstrap-intervals.ts'
import { judgedRows, type Judgement } from './sample/judged-rows.ts'
import { sampleOf } from './sample/sample-of.ts'
import { influenceError, normal95, type Sample } from './sample/sample.ts'
import type { Estimate } from './schema.ts'

/**
 * Every metric that has a value on these rows, exactly, without intervals.
 * @throws {Failure} as `judgedRows`
 */
export function measure(judgement: Judgement): Record<string, number> {
  const sample = sampleOf(judgedRows(judgement))
  return finiteOf(sample.measure(sample.weights))
}

/**
 * Every metric that has a value on these rows, with the interval of the normal approximation where one is known: value
 * ± 1.96 √(Σ wᵢ² ψᵢ²) / Σ wᵢ with ψ the influence of a row (DeLong's for the area under the curve). Linear in the rows
 * after one sort, so fit to be computed for every window.
 *
 * @throws {Failure} as `judgedRows`
 */
export function estimate(judgement: Judgement): Record<string, Estimate> {
  const sample = sampleOf(judgedRows(judgement))
  const values = Object.entries(finiteOf(sample.measure(sample.weights)))
  return Object.fromEntries(
    values.map(([name, value]) => [name, normalEstimate(sample, { name, value, task: judgement.task })]),
  )
}

/** One metric of a sample with its normal interval; without bounds where no closed form is known. */
export function normalEstimate(
  sample: Sample,
  { name, value, task }: { name: string; value: number; task: Judgement['task'] },
): Estimate {
  const closed = sample.interval(name)
  if (closed) return closed
  const influence = sample.influence(name)
  if (!influence) return { value, low: null, high: null }
  const half = normal95 * influenceError(influence, sample.weights)
  return withinRange({ value, low: value - half, high: value + half }, name, task)
}

/**
 * One metric of these rows, or NaN where it has no value.
 * @throws {Failure} `evaluation/unknownMetric`, and as `judgedRows`
 */
export function measureOne(judgement: Judgement, name: string): number {
  metricOf(name, judgement.task)
  const sample = sampleOf(judgedRows(judgement))
  return sample.measure(sample.weights)[name] ?? NaN
}

function finiteOf(measures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(measures).filter(([, value]) => Number.isFinite(value)))
}
