import type { Scores } from '#model'
import type { Random } from '#platform'
import { argsort } from './argsort.ts'
import { fail } from './failures.ts'
import { metricOf } from './metrics.ts'
import { quantileOf } from './resample/quantile-of.ts'
import { resample } from './resample/resample.ts'
import { judgedRows, type Judgement } from './sample/judged-rows.ts'
import { sampleOf } from './sample/sample-of.ts'
import { exactRows, type Sample } from './sample/sample.ts'
import type { Comparison } from './schema.ts'

/** One model of a comparison: its answers, and for a binary task the threshold it decides with. */
export interface Contender {
  readonly scores: Scores
  readonly threshold?: number | undefined
}

/** The rows that both models are judged on, and how. */
export interface CompareOptions extends Omit<Judgement, 'scores' | 'threshold' | 'decisions'> {
  readonly primary: string
  readonly random: Random
  readonly resamples?: number | undefined
}

/**
 * How much better one model is than another on the same rows, with the 95 % interval of a paired bootstrap: each draw
 * takes the same rows for both, so what is hard for both cancels.
 *
 * Above 4,096 rows, metrics whose influence function is known are resampled through it: a draw's difference is the mean
 * difference of the influences, in cells of neighbouring rows, which agrees with the plain bootstrap to the order 1/rows.
 *
 * @throws {Failure} `evaluation/undefinedMetric`, `evaluation/unknownMetric`, and as `evaluate`
 */
export function comparePaired(challenger: Contender, incumbent: Contender, options: CompareOptions): Comparison {
  const { task, primary, random, resamples = 200 } = options
  const { better } = metricOf(primary, task)
  const a = sampleOf(judgedRows({ ...options, ...challenger }))
  const b = sampleOf(judgedRows({ ...options, ...incumbent }))
  const [valueA, valueB] = [valueOf(a, primary), valueOf(b, primary)]
  const difference = valueA - valueB
  const draws: number[] = []
  const linear = a.weights.length > exactRows ? influenceCells(a, b, primary) : null
  resample(linear ?? a, { resamples, random: random.fork('paired') }, (weights) => {
    const draw = linear
      ? weightedMean(linear.pulls, weights)
      : (a.measure(weights)[primary] as number) - (b.measure(weights)[primary] as number) - difference
    if (Number.isFinite(draw)) draws.push(draw)
  })
  const strays = Float64Array.from(draws).sort()
  const low = difference + (strays.length > 0 ? quantileOf(strays, 0.025) : 0)
  const high = difference + (strays.length > 0 ? quantileOf(strays, 0.975) : 0)
  return {
    metric: primary,
    difference,
    low,
    high,
    better: better === 'lower' ? high < 0 : low > 0,
    worse: better === 'lower' ? low > 0 : high < 0,
    challenger: valueA,
    incumbent: valueB,
    rows: a.weights.length,
  }
}

function valueOf(sample: Sample, metric: string): number {
  const value = sample.measure(sample.weights)[metric] ?? NaN
  if (Number.isFinite(value)) return value
  throw fail('undefinedMetric', `Cannot compare the models by ${metric}: it has no value on these rows`)
}

/** Rows with neighbouring differences of influence, a few thousand cells of them. */
function influenceCells(a: Sample, b: Sample, metric: string) {
  const [pullsA, pullsB] = [a.influence(metric), b.influence(metric)]
  if (!pullsA || !pullsB) return null
  const differences = pullsA.map((pull, row) => pull - (pullsB[row] as number))
  const order = argsort(differences)
  const cellRows = Math.ceil(order.length / exactRows)
  const cells = Math.ceil(order.length / cellRows)
  const [weights, squares, pulls] = [new Float64Array(cells), new Float64Array(cells), new Float64Array(cells)]
  order.forEach((row, place) => {
    const cell = Math.floor(place / cellRows)
    const weight = a.weights[row] as number
    weights[cell] = (weights[cell] as number) + weight
    squares[cell] = (squares[cell] as number) + weight ** 2
    pulls[cell] = (pulls[cell] as number) + weight * (differences[row] as number)
  })
  const share = (top: Float64Array, bottom: Float64Array): Float64Array =>
    top.map((value, cell) => ((bottom[cell] as number) > 0 ? value / (bottom[cell] as number) : 0))
  const counts = share(
    weights.map((weight) => weight ** 2),
    squares,
  ).map((count) => count || 1)
  return { weights, counts, pulls: share(pulls, weights) }
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  let [sum, total] = [0, 0]
  for (let cell = 0; cell < values.length; cell++) {
    sum += (weights[cell] as number) * (values[cell] as number)
    total += weights[cell] as number
  }
  return sum / total
}
