import { setImmediate } from 'node:timers/promises'
import type { FeatureMatrix } from '../encode/feature-matrix.ts'
import type { TrainingContext } from '../schema.ts'
import { minimise } from './lbfgs.ts'
import type { Minimum, Objective } from './lbfgs.ts'
import type { Loss } from './loss.ts'
import { addTransposed, multiplyRows, weightRows } from './products.ts'

export interface FitOptions {
  /** Strength of the penalty on the weights, 1 / C of scikit-learn; the intercepts are free. */
  readonly l2: number
  readonly maxIterations: number
  /** Stops when no derivative of the mean loss is larger. */
  readonly tolerance: number
}

/** The best weights found, laid out as `weightRows` says, and how they were found. */
export type FittedWeights = Pick<Minimum, 'x' | 'value' | 'iterations' | 'evaluations' | 'hasConverged'>

/**
 * Fits the weights of a linear model: minimises (Σ weight · loss + ½ l2 ‖w‖²) / Σ weight.
 * @throws the reason of `context.signal` when that is fired
 */
export async function fitWeights(
  problem: { readonly matrix: FeatureMatrix; readonly loss: Loss; readonly rowWeights: Float64Array },
  options: FitOptions,
  context: Pick<TrainingContext, 'signal' | 'onProgress'>,
): Promise<FittedWeights> {
  const { matrix, loss, rowWeights } = problem
  const scale = 1 / rowWeights.reduce((sum, weight) => sum + weight, 0)
  const start = new Float64Array(weightRows(matrix.width) * loss.outputs)
  start.set(loss.intercepts, (matrix.width + 1) * loss.outputs)
  const search = minimise(meanLoss(matrix, loss, { scale, l2: options.l2 }), start, {
    maxIterations: options.maxIterations,
    tolerance: options.tolerance,
    inverseCurvature: inverseCurvature(problem, { scale, l2: options.l2 }),
  })
  for (;;) {
    context.signal?.throwIfAborted()
    const { done, value } = search.next()
    if (done) return value
    context.onProgress?.({ done: value.iterations, of: options.maxIterations, unit: 'iterations', loss: value.value })
    await setImmediate() // lets a message to stop arrive
  }
}

interface Penalty {
  /** 1 / Σ weight. */
  readonly scale: number
  readonly l2: number
}

/** The mean loss with its penalty, as a function of the weights. */
export function meanLoss(matrix: FeatureMatrix, loss: Loss, { scale, l2 }: Penalty): Objective {
  const { outputs } = loss
  const block = new Float64Array(blockRows * outputs)
  const penalised = matrix.width * outputs
  return (weights, gradient) => {
    gradient.fill(0)
    let sum = 0
    for (let from = 0; from < matrix.rowCount; from += blockRows) {
      const range = { from, to: Math.min(from + blockRows, matrix.rowCount) }
      const z = block.subarray(0, (range.to - from) * outputs)
      multiplyRows(matrix, weights, { range, outputs, into: z })
      sum += loss.derive(z, from)
      addTransposed(matrix, gradient, { range, outputs, residuals: z })
    }
    let squares = 0
    for (let i = 0; i < penalised; i++) {
      const weight = weights[i] as number
      squares += weight * weight
      gradient[i] = scale * ((gradient[i] as number) + l2 * weight)
    }
    for (let i = penalised; i < gradient.length; i++) gradient[i] = scale * (gradient[i] as number)
    return scale * (sum + 0.5 * l2 * squares)
  }
}

/** Rows computed at a time, so that their outputs are still in the cache when they are read again. */
const blockRows = 256

/** 1 / the second derivative by each weight, where only the intercepts are fitted. */
function inverseCurvature(
  problem: { readonly matrix: FeatureMatrix; readonly loss: Loss; readonly rowWeights: Float64Array },
  { scale, l2 }: Penalty,
): Float64Array {
  const { matrix, loss, rowWeights } = problem
  const { dense, denseCount, coded, codedCount, sparse, width, rowCount } = matrix
  const squares = new Float64Array(weightRows(width))
  const add = (place: number, value: number): void => void (squares[place] = (squares[place] as number) + value)
  for (let row = 0; row < rowCount; row++) {
    const weight = rowWeights[row] as number
    for (let j = 0; j < denseCount; j++) add(j, weight * (dense[row * denseCount + j] as number) ** 2)
    for (let j = 0; j < codedCount; j++) add(coded[row * codedCount + j] as number, weight)
    const end = sparse.starts[row + 1] as number
    for (let at = sparse.starts[row] as number; at < end; at++)
      add(sparse.places[at] as number, weight * (sparse.values[at] as number) ** 2)
    add(width + 1, weight)
  }
  const inverse = new Float64Array(squares.length * loss.outputs)
  for (let place = 0; place < squares.length; place++)
    for (let k = 0; k < loss.outputs; k++) {
      const curvature = scale * ((squares[place] as number) * (loss.curvature[k] as number) + (place < width ? l2 : 0))
      inverse[place * loss.outputs + k] = curvature > 0 ? 1 / curvature : 1
    }
  return inverse
}
