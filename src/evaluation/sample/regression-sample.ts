import type { Random } from '#platform'
import { argsort } from '../argsort.ts'
import type { Interval } from '../schema.ts'
import { exactRows, normal95, ratioInfluence, type Measures, type Sample } from './sample.ts'

/** Means over the rows of each cell, shape [cells] each; a row is a cell of its own at first. */
interface RegressionCells {
  readonly weights: Float64Array
  readonly absolute: Float64Array
  readonly squared: Float64Array
  /** Truth less its mean over all rows, and the square of that. */
  readonly centred: Float64Array
  readonly centredSquared: Float64Array
  readonly relative: Float64Array
  readonly cost: Float64Array | null
  readonly per: number
}

export interface RegressionRows {
  readonly predicted: ArrayLike<number>
  readonly actual: Float64Array
  readonly costs: Float64Array | null
  readonly weights: Float64Array
  readonly per: number
}

/** The sample of a regression. */
export function regressionSample({ predicted, actual, costs, weights, per }: RegressionRows): Sample {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const mean = actual.reduce((sum, value, row) => sum + value * (weights[row] as number), 0) / total
  const absolute = actual.map((value, row) => Math.abs(value - (predicted[row] as number)))
  const cells: RegressionCells = {
    weights,
    absolute,
    squared: absolute.map((error) => error ** 2),
    centred: actual.map((value) => value - mean),
    centredSquared: actual.map((value) => (value - mean) ** 2),
    relative: absolute.map((error, row) => error / Math.max(Math.abs(actual[row] as number), 2 ** -52)),
    cost: costs,
    per,
  }
  const order = argsort(absolute)
  const counts = new Float64Array(weights.length).fill(1)
  const sample: Sample = {
    weights,
    counts,
    measure: (under) => ({ ...measure(cells, under), 'median-absolute-error': quantile(absolute, order, { under }) }),
    influence: (metric) => influence(cells, metric),
    interval: (metric) => (metric === 'median-absolute-error' ? medianInterval(absolute, order, weights) : null),
    coarsen: (random) => (weights.length <= exactRows ? sample : groupedSample(cells, random)),
  }
  return sample
}

/**
 * A thousand groups of random rows, drawn as wholes: the spread of a sum of groups is that of a sum of rows, whatever the
 * tails, known to one part in √(2 · 1000).
 */
function groupedSample(cells: RegressionCells, random: Random): Sample {
  const groups = exactRows / 4
  const rows = cells.weights.length
  const order = Uint32Array.from({ length: rows }, (_, row) => row)
  for (let row = rows - 1; row > 0; row--) {
    const other = random.int(row + 1)
    ;[order[row], order[other]] = [order[other] as number, order[row] as number]
  }
  const sum = (values: Float64Array): Float64Array => {
    const sums = new Float64Array(groups)
    for (let i = 0; i < rows; i++) {
      const [group, row] = [i % groups, order[i] as number]
      sums[group] =
        (sums[group] as number) +
        (values[row] as number) * (values === cells.weights ? 1 : (cells.weights[row] as number))
    }
    return sums
  }
  const weights = sum(cells.weights)
  const mean = (values: Float64Array): Float64Array =>
    sum(values).map((value, group) => ((weights[group] as number) > 0 ? value / (weights[group] as number) : 0))
  const grouped: RegressionCells = {
    weights,
    absolute: mean(cells.absolute),
    squared: mean(cells.squared),
    centred: mean(cells.centred),
    centredSquared: mean(cells.centredSquared),
    relative: mean(cells.relative),
    cost: cells.cost && mean(cells.cost),
    per: cells.per,
  }
  const sample: Sample = {
    weights,
    counts: new Float64Array(groups).fill(1),
    measure: (under) => measure(grouped, under),
    influence: (metric) => influence(grouped, metric),
    interval: () => null,
    coarsen: () => sample,
  }
  return sample
}

function measure(cells: RegressionCells, weights: Float64Array): Measures {
  let [total, absolute, squared, centred, centredSquared, relative, cost] = [0, 0, 0, 0, 0, 0, 0]
  for (let cell = 0; cell < weights.length; cell++) {
    const weight = weights[cell] as number
    if (weight === 0) continue
    total += weight
    absolute += weight * (cells.absolute[cell] as number)
    squared += weight * (cells.squared[cell] as number)
    centred += weight * (cells.centred[cell] as number)
    centredSquared += weight * (cells.centredSquared[cell] as number)
    relative += weight * (cells.relative[cell] as number)
    if (cells.cost) cost += weight * (cells.cost[cell] as number)
  }
  const spread = Math.max(0, centredSquared - centred ** 2 / total)
  return {
    'expected-cost': cells.cost ? (cells.per * cost) / total : NaN,
    mae: absolute / total,
    rmse: Math.sqrt(squared / total),
    r2: spread > 0 ? 1 - squared / spread : squared === 0 ? 1 : 0,
    mape: relative / total,
  }
}

function influence(cells: RegressionCells, metric: string): Float64Array | null {
  const { weights, cost } = cells
  switch (metric) {
    case 'expected-cost':
      return cost && ratioInfluence({ over: cost.map((money) => cells.per * money) }, weights)
    case 'mae':
      return ratioInfluence({ over: cells.absolute }, weights)
    case 'mape':
      return ratioInfluence({ over: cells.relative }, weights)
    case 'rmse': {
      const root = measure(cells, weights)['rmse'] as number
      return ratioInfluence({ over: cells.squared }, weights).map((pull) => (root > 0 ? pull / (2 * root) : 0))
    }
    case 'r2':
      return ratioInfluence({ over: cells.squared, under: cells.centredSquared }, weights).map((pull) => -pull)
    default:
      return null
  }
}

/**
 * The interval of a median from ranks alone: the values at shares ½ ± 1.96 · ½ / √n, n being Kish's effective rows.
 * @see Conover (1999), Practical nonparametric statistics, section 3.2
 */
function medianInterval(values: Float64Array, order: Uint32Array, weights: Float64Array): Interval {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const effective = total ** 2 / weights.reduce((sum, weight) => sum + weight ** 2, 0)
  const half = normal95 / 2 / Math.sqrt(effective)
  const at = (share: number): number => quantile(values, order, { under: weights, share })
  return { value: at(0.5), low: at(Math.max(0, 0.5 - half)), high: at(Math.min(1, 0.5 + half)) }
}

/** The least value with more than `share` of the weight at or below it, halfway to the next where it is exactly `share`. */
function quantile(
  values: Float64Array,
  order: Uint32Array,
  { under, share = 0.5 }: { under: Float64Array; share?: number },
): number {
  const goal = share * under.reduce((sum, weight) => sum + weight, 0)
  let seen = 0
  let exact = NaN
  let last = NaN
  for (const row of order) {
    const weight = under[row] as number
    if (weight === 0) continue
    last = values[row] as number
    if (!Number.isNaN(exact)) return (exact + last) / 2
    seen += weight
    if (seen > goal) return last
    if (seen === goal) exact = last
  }
  return last
}
