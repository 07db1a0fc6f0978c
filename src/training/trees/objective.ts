import type { TreeTarget } from './schema.ts'
import type { TreeKernels } from './tree-kernels.ts'
import type { TreeMemory } from './tree-memory.ts'

/** The loss that a fit lowers. */
export interface Objective {
  /** Scores per row. */
  readonly outputs: number
  /** The constant scores of least loss, shape [outputs]. */
  readonly initial: readonly number[]
  /** Called before the trees of a round. */
  startRound?(): void
  /** Writes both derivatives of every row with respect to one of its scores. */
  writeGradients(output: number): void
  /** Mean loss of some rows: nats for classes, squared error for numbers. */
  loss(rows: Int32Array): number
}

/** What an objective reads. */
export interface ObjectiveData {
  readonly target: TreeTarget
  readonly weights: Float64Array
  /** Rows that trees are grown on. */
  readonly trainingRows: Int32Array
  readonly memory: TreeMemory
  readonly kernels: TreeKernels
}

/** The loss of a target: log loss, cross-entropy of the softmax, or squared error. */
export function objectiveOf(data: ObjectiveData): Objective {
  const { target } = data
  if (target.kind === 'binary') return logLoss(data, target.labels)
  if (target.kind === 'regression') return squaredError(data, target.values)
  return crossEntropy(data, target)
}

function logLoss({ weights, trainingRows, memory, kernels }: ObjectiveData, labels: Int32Array): Objective {
  const { scores, signedWeights } = memory
  for (let row = 0; row < labels.length; row++)
    signedWeights[row] = labels[row] === 1 ? (weights[row] as number) : -(weights[row] as number)
  const share = weightedMean(trainingRows, weights, (row) => labels[row] as number)
  const initial = Math.log(atLeastSome(share) / atLeastSome(1 - share))
  return {
    outputs: 1,
    initial: [initial],
    writeGradients: () => kernels.logLossGradients(),
    loss: (rows) =>
      weightedMean(rows, weights, (row) => {
        const margin = labels[row] === 1 ? (scores[row] as number) : -(scores[row] as number)
        return Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin)
      }),
  }
}

function squaredError({ weights, trainingRows, memory }: ObjectiveData, values: Float64Array): Objective {
  const { scores, gradients } = memory
  const initial = weightedMean(trainingRows, weights, (row) => values[row] as number)
  return {
    outputs: 1,
    initial: [initial],
    writeGradients: () => {
      for (let row = 0; row < values.length; row++) {
        const weight = weights[row] as number
        gradients[2 * row] = weight * ((scores[row] as number) - (values[row] as number))
        gradients[2 * row + 1] = weight
      }
    },
    loss: (rows) => weightedMean(rows, weights, (row) => ((scores[row] as number) - (values[row] as number)) ** 2),
  }
}

function crossEntropy(
  { weights, trainingRows, memory: { scores, gradients } }: ObjectiveData,
  { labels, classCount }: TreeTarget & { kind: 'multiclass' },
): Objective {
  const stride = scores.length / classCount
  /** Logarithm of the sum of the exponentials of a row's scores. */
  const normalizers = new Float64Array(labels.length)
  const normalizer = (row: number): number => {
    let top = -Infinity
    for (let output = 0; output < classCount; output++) top = Math.max(top, scores[output * stride + row] as number)
    let sum = 0
    for (let output = 0; output < classCount; output++) sum += Math.exp((scores[output * stride + row] as number) - top)
    return top + Math.log(sum)
  }
  // Softmax counts one degree of freedom too many: Friedman (2001), LightGBM.
  const scale = classCount / (classCount - 1)
  return {
    outputs: classCount,
    initial: Array.from({ length: classCount }, (_, output) =>
      Math.log(atLeastSome(weightedMean(trainingRows, weights, (row) => (labels[row] === output ? 1 : 0)))),
    ),
    startRound: () => {
      for (let row = 0; row < labels.length; row++) normalizers[row] = normalizer(row)
    },
    writeGradients: (output) => {
      for (let row = 0; row < labels.length; row++) {
        const weight = weights[row] as number
        const share = Math.exp((scores[output * stride + row] as number) - (normalizers[row] as number))
        gradients[2 * row] = weight * (labels[row] === output ? share - 1 : share)
        gradients[2 * row + 1] = weight * scale * share * (1 - share)
      }
    },
    loss: (rows) =>
      weightedMean(
        rows,
        weights,
        (row) => normalizer(row) - (scores[(labels[row] as number) * stride + row] as number),
      ),
  }
}

/** A share that has a logarithm. */
const atLeastSome = (share: number): number => Math.max(share, 1e-12)

function weightedMean(rows: Int32Array, weights: Float64Array, value: (row: number) => number): number {
  let sum = 0
  let total = 0
  for (const row of rows) {
    const weight = weights[row] as number
    sum += weight * value(row)
    total += weight
  }
  return sum / total
}
