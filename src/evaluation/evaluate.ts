import type { Column, Random } from '#platform'
import { alignedLabels } from './aligned-labels.ts'
import { bestThreshold } from './cost/best-threshold.ts'
import { calibratedThreshold } from './cost/calibrated-threshold.ts'
import { calibrationCurve } from './calibration-curve.ts'
import { confusionOf } from './confusion-of.ts'
import { positiveProbabilities } from './decide.ts'
import { fail } from './failures.ts'
import { metricOf } from './metrics.ts'
import { bootstrapIntervals } from './resample/bootstrap-intervals.ts'
import { judgedRows, rowsOf, type JudgedRows, type Judgement } from './sample/judged-rows.ts'
import { sampleOf } from './sample/sample-of.ts'
import type { Evaluation, Interval, Primary, Threshold } from './schema.ts'
import { slicesOf } from './slices-of.ts'

export interface EvaluateOptions extends Omit<Judgement, 'threshold' | 'decisions'> {
  /**
   * Binary: a probability, or 'optimise' for `bestThreshold` on these very rows; the closed form of the cost where
   * absent, ½ without a cost.
   */
  readonly threshold?: number | 'optimise' | undefined
  /** Columns to look for weak groups in, by name. */
  readonly slices?: Readonly<Record<string, Column>> | undefined
  /** Smaller groups are left out. */
  readonly minSliceRows: number
  /** Name of the metric that decides between models. */
  readonly primary: string
  readonly random: Random
  /** Number of bootstrap samples. */
  readonly resamples?: number | undefined
}

/**
 * Judges a model on rows it has not seen.
 *
 * Every metric of the task comes with a 95 % interval of the Poisson bootstrap; the same random stream gives the same
 * evaluation, byte for byte. A threshold that was optimised on the same rows makes the cost slightly too good; choose it
 * on others where they can be spared.
 *
 * @returns plain JSON
 * @throws {Failure} `evaluation/noRows`, `evaluation/rowsDiffer`, `evaluation/taskDiffers`, `evaluation/notFinite`,
 *   `evaluation/classesDiffer`, `evaluation/costDiffers`, `evaluation/unknownMetric`, `evaluation/undefinedMetric`
 */
export function evaluate(options: EvaluateOptions): Evaluation {
  const { task, cost, per, random, resamples = 200 } = options
  const metric = metricOf(options.primary, task)
  const threshold = task === 'binary' ? thresholdOf(options) : null
  const judged = judgedRows({ ...options, threshold: threshold?.value })
  const metrics = bootstrapIntervals(sampleOf(judged), { task, random: random.fork('metrics'), resamples })
  const primary = primaryOf(metrics, { name: metric.name, better: metric.better })
  return {
    task,
    rows: judged.weights.length,
    primary,
    metrics,
    per,
    currency: cost?.currency ?? null,
    threshold,
    calibration: task === 'binary' ? calibrationOf(judged) : [],
    confusion: confusionOf(judged.decisions, judged.truth),
    slices: slicesOf(judged, {
      primary,
      columns: options.slices ?? {},
      minRows: options.minSliceRows,
      random: random.fork('slices'),
      resamples: Math.min(resamples, 100),
    }),
    resamples,
  }
}

function thresholdOf({ scores, truth, cost, weights, threshold }: EvaluateOptions): Threshold {
  const probabilities = positiveProbabilities(scores)
  const classes = scores.kind === 'classes' ? scores.classes : []
  const calibrated = cost ? calibratedThreshold(cost, classes) : null
  if (typeof threshold === 'number') return { value: threshold, rule: 'given', calibrated }
  if (cost === undefined || calibrated === null) return { value: 0.5, rule: 'half', calibrated }
  if (threshold !== 'optimise' || truth.kind === 'numbers' || rowsOf(truth) === 0)
    return { value: calibrated, rule: 'calibrated', calibrated }
  const aligned = alignedLabels(truth, classes, 'binary')
  const best = bestThreshold(probabilities, { kind: 'classes', ...aligned }, { cost, weights })
  return { value: best.threshold, rule: 'optimised', calibrated }
}

function primaryOf(metrics: Readonly<Record<string, Interval>>, metric: Pick<Primary, 'name' | 'better'>): Primary {
  const interval = metrics[metric.name]
  if (interval) return { ...metric, ...interval }
  const why = metric.name === 'expected-cost' ? 'the framing has no cost' : 'these rows do not hold every class'
  throw fail('undefinedMetric', `Cannot judge the model by ${metric.name}: ${why}`)
}

function calibrationOf({ scores, truth, weights }: JudgedRows): Evaluation['calibration'] {
  if (truth.kind === 'numbers') return []
  return calibrationCurve(positiveProbabilities(scores), truth.labels, { weights })
}
