import { setImmediate } from 'node:timers/promises'
import type { FeatureMatrix } from '../encode/feature-matrix.ts'
import type { TrainingContext } from '../schema.ts'
import { minimise } from './lbfgs.ts'
import type { Minimum, Objective } from './lbfgs.ts'
import type { Loss } from './loss.ts'
import { addTransposed, multiplyRows, weightRows } from './products.ts'
import type { RowRange } from './products.ts'

/** What the weights of a linear model are fitted to. */
export interface Problem {
  readonly matrix: FeatureMatrix
  readonly loss: Loss
  /** Σ weight of the rows. */
  readonly totalWeight: number
  /** Penalty on the squared weights of each feature, 1 / C of scikit-learn, shape [features]; intercepts are free. */
  readonly penalties: Float64Array
}

export interface FitOptions {
  readonly maxIterations: number
  /** Stops when no derivative of the mean loss is larger. */
  readonly tolerance: number
}

/** The best weights found, laid out as `weightRows` says, and how they were found. */
export type FittedWeights = Pick<Minimum, 'x' | 'value' | 'iterations' | 'evaluations' | 'hasConverged'>

/**
 * Fits the weights of a linear model: minimises (Σ weight · loss + ½ Σ penalty · w²) / Σ weight.
 * @throws the reason of `context.signal` when that is fired
 */
export async function fitWeights(
  problem: Problem,
  options: FitOptions,
  context: Pick<TrainingContext, 'signal' | 'onProgress'>,
): Promise<FittedWeights> {
  const { matrix, loss } = problem
  const start = new Float64Array(weightRows(matrix.width) * loss.outputs)
  start.set(loss.intercepts, (matrix.width + 1) * loss.outputs)
  const search = minimise(meanLoss(problem), start, {
    maxIterations: options.maxIterations,
    tolerance: options.tolerance,
    inverseCurvature: inverseCurvature(problem),
  })
  for (;;) {
    context.signal?.throwIfAborted()
    const { done, value } = search.next()
    if (done) return value
    context.onProgress?.({ done: value.iterations, of: options.maxIterations, unit: 'iterations', loss: value.value })
    await setImmediate() // lets a message to stop arrive
  }
}

/** The mean loss with its penalty, as a function of the weights. */
export function meanLoss({ matrix, loss, totalWeight, penalties }: Problem): Objective {
  const { outputs } = loss
  const block = new Float64Array(blockRows * outputs)
  const scale = 1 / totalWeight
  return (weights, gradient) => {
    gradient.fill(0)
    let sum = 0
    for (const range of blocksOf(matrix.rowCount)) {
      const z = block.subarray(0, (range.to - range.from) * outputs)
      multiplyRows(matrix, weights, { range, outputs, into: z })
      sum += loss.derive(z, range.from)
      addTransposed(matrix, gradient, { range, outputs, residuals: z })
    }
    for (let i = 0, place = 0; i < gradient.length; place++) {
      const penalty = penalties[place] ?? 0
      for (const end = i + outputs; i < end; i++) {
        const weight = weights[i] as number
        sum += 0.5 * penalty * weight * weight
        gradient[i] = scale * ((gradient[i] as number) + penalty * weight)
      }
    }
    return scale * sum
  }
}

/** Rows computed at a time, so that their outputs are still in the cache when they are read again. */
const blockRows = 256

/**
 * Gives 1 / the second derivative of the mean loss by each weight alone: Σ weight · loss″ · feature².
 */
function inverseCurvature({ matrix, loss, totalWeight, penalties }: Problem) {
  const { outputs } = loss
  const square = (values: Float64Array): Float64Array => values.map((value) => value * value)
  return (weights: Float64Array): Float64Array => {
    const { sparse, dense } = matrix
    const squared = { ...matrix, dense: square(dense), sparse: { ...sparse, values: square(sparse.values) } }
    const curvature = new Float64Array(weights.length)
    for (const range of blocksOf(matrix.rowCount)) {
      const z = new Float64Array((range.to - range.from) * outputs)
      multiplyRows(matrix, weights, { range, outputs, into: z })
      loss.deriveTwice(z, range.from)
      addTransposed(squared, curvature, { range, outputs, residuals: z })
    }
    return curvature.map((value, i) => {
      const second = value + (penalties[Math.floor(i / outputs)] ?? 0)
      return second > 0 ? totalWeight / second : 1
    })
  }
}

function* blocksOf(rowCount: number): Generator<RowRange> {
  for (let from = 0; from < rowCount; from += blockRows) yield { from, to: Math.min(from + blockRows, rowCount) }
}
