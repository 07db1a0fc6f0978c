import { argsort } from '../argsort.ts'
import { exactRows, ratioInfluence, type Measures, type Sample } from './sample.ts'

/** Rows (or cells of like rows) of a multiclass task, shape [cells] each. */
interface MulticlassCells {
  readonly weights: Float64Array
  readonly counts: Float64Array
  readonly actual: Int32Array
  readonly predicted: Int32Array
  /** 1 where the class is among the three most probable. */
  readonly inTop3: Uint8Array
  readonly logLoss: Float64Array
  readonly cost: Float64Array | null
  /** Number of classes, those that the model does not know included. */
  readonly classes: number
  readonly per: number
}

export interface MulticlassRows {
  /** Shape [rows × width]. */
  readonly probabilities: Float32Array | Float64Array
  /** Classes that the model knows. */
  readonly width: number
  readonly actual: Int32Array
  readonly predicted: Int32Array
  readonly costs: Float64Array | null
  readonly weights: Float64Array
  readonly classes: number
  readonly per: number
}

/** The sample of a multiclass task. A class that the model does not know has probability 0. */
export function multiclassSample(rows: MulticlassRows): Sample {
  const { probabilities, width, actual } = rows
  const epsilon = probabilities instanceof Float32Array ? 2 ** -23 : 2 ** -52
  const size = actual.length
  const logLoss = new Float64Array(size)
  const inTop3 = new Uint8Array(size)
  for (let row = 0; row < size; row++) {
    const label = actual[row] as number
    const probability = label < width ? (probabilities[row * width + label] as number) : 0
    logLoss[row] = -Math.log(Math.min(1 - epsilon, Math.max(epsilon, probability)))
    inTop3[row] = label < width && rankOf(probabilities.subarray(row * width, (row + 1) * width), label) < 3 ? 1 : 0
  }
  const { weights, predicted, costs: cost, classes, per } = rows
  const counts = new Float64Array(size).fill(1)
  return sampleOver({ weights, counts, actual, predicted, inTop3, logLoss, cost, classes, per })
}

/** How many classes come before `label`: the more probable, and of equally probable those before it in order. */
function rankOf(probabilities: Float32Array | Float64Array, label: number): number {
  const own = probabilities[label] as number
  let rank = 0
  for (let place = 0; place < probabilities.length; place++) {
    const other = probabilities[place] as number
    if (other > own || (other === own && place < label)) rank++
  }
  return rank
}

function sampleOver(cells: MulticlassCells): Sample {
  const sample: Sample = {
    weights: cells.weights,
    counts: cells.counts,
    measure: (weights) => measure(cells, weights),
    influence: (metric) => influence(cells, metric),
    interval: () => null,
    coarsen: () => (cells.weights.length <= exactRows ? sample : sampleOver(coarseCells(cells))),
  }
  return sample
}

function measure(cells: MulticlassCells, weights: Float64Array): Measures {
  const hits = new Float64Array(cells.classes)
  /** Rows of each class plus rows decided as it: 2 TP + FP + FN. */
  const either = new Float64Array(cells.classes)
  let [total, right, top3, logLoss, cost] = [0, 0, 0, 0, 0]
  for (let cell = 0; cell < weights.length; cell++) {
    const weight = weights[cell] as number
    if (weight === 0) continue
    const [actual, predicted] = [cells.actual[cell] as number, cells.predicted[cell] as number]
    total += weight
    logLoss += weight * (cells.logLoss[cell] as number)
    top3 += weight * (cells.inTop3[cell] as number)
    if (cells.cost) cost += weight * (cells.cost[cell] as number)
    either[actual] = (either[actual] as number) + weight
    either[predicted] = (either[predicted] as number) + weight
    if (actual !== predicted) continue
    right += weight
    hits[actual] = (hits[actual] as number) + weight
  }
  let [f1, present] = [0, 0]
  either.forEach((sum, label) => {
    if (sum === 0) return
    f1 += (2 * (hits[label] as number)) / sum
    present++
  })
  return {
    'expected-cost': cells.cost ? (cells.per * cost) / total : NaN,
    accuracy: right / total,
    'macro-f1': f1 / present,
    'log-loss': logLoss / total,
    'top-3-accuracy': top3 / total,
  }
}

function influence({ actual, predicted, cost, ...cells }: MulticlassCells, metric: string): Float64Array | null {
  const values: Record<string, ArrayLike<number> | undefined> = {
    'expected-cost': cost?.map((money) => cells.per * money),
    accuracy: actual.map((label, row) => (label === predicted[row] ? 1 : 0)),
    'log-loss': cells.logLoss,
    'top-3-accuracy': cells.inTop3,
  }
  const over = values[metric]
  return over ? ratioInfluence({ over }, cells.weights) : null
}

/** Rows of one actual class, decision and top-3 hit, with neighbouring losses, make a cell. */
function coarseCells(cells: MulticlassCells): MulticlassCells {
  const { actual, predicted, inTop3, weights } = cells
  const key = Float64Array.from(
    actual,
    (label, row) => 2 * (label * cells.classes + (predicted[row] as number)) + (inTop3[row] as number),
  )
  const byLoss = argsort(cells.logLoss)
  const order = argsort(Float64Array.from(byLoss, (row) => key[row] as number)).map((place) => byLoss[place] as number)
  const cellRows = Math.ceil(order.length / exactRows)
  const taken: Uint32Array[] = []
  let from = 0
  for (let to = 1; to <= order.length; to++) {
    const same = to < order.length && key[order[to] as number] === key[order[from] as number]
    if (same && to - from < cellRows) continue
    const part = order.slice(from, to).filter((row) => (weights[row] as number) > 0)
    if (part.length > 0) taken.push(part)
    from = to
  }
  return merge(cells, taken)
}

function merge(cells: MulticlassCells, taken: readonly Uint32Array[]): MulticlassCells {
  const sum = (of: (row: number) => number): Float64Array =>
    Float64Array.from(taken, (rows) => rows.reduce((total, row) => total + of(row), 0))
  const weights = sum((row) => cells.weights[row] as number)
  const squares = sum((row) => (cells.weights[row] as number) ** 2)
  const mean = (values: Float64Array): Float64Array =>
    sum((row) => (cells.weights[row] as number) * (values[row] as number)).map(
      (value, cell) => value / (weights[cell] as number),
    )
  const first = (values: ArrayLike<number>): number[] => taken.map(([row]) => values[row as number] as number)
  return {
    ...cells,
    weights,
    counts: weights.map((weight, cell) => weight ** 2 / (squares[cell] as number)),
    actual: Int32Array.from(first(cells.actual)),
    predicted: Int32Array.from(first(cells.predicted)),
    inTop3: Uint8Array.from(first(cells.inTop3)),
    logLoss: mean(cells.logLoss),
    cost: cells.cost && mean(cells.cost),
  }
}
