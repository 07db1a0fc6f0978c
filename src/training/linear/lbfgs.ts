import { copyScaled, dot, maxAbsolute } from './vector.ts'

/** A smooth function of many numbers: gives its value at `x` and writes its gradient. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

export interface MinimiseOptions {
  readonly maxIterations: number
  /** Stops when no element of the gradient is larger. */
  readonly tolerance: number
  /** Inverse of each second derivative at `x`, > 0, or an estimate of it: the closer, the fewer iterations. */
  readonly inverseCurvature: (x: Float64Array) => Float64Array
}

/** Where a minimisation stands. */
export interface Minimum {
  readonly x: Float64Array
  readonly value: number
  readonly gradient: Float64Array
  readonly iterations: number
  /** Times the objective was computed. */
  readonly evaluations: number
  /** False where it stopped at the limit of iterations, or where rounding let no step improve. */
  readonly hasConverged: boolean
}

/**
 * Minimises by L-BFGS with a diagonal first guess of the inverse Hessian and a line search to the weak Wolfe
 * conditions. The guess is made at the start, and once more (which begins the history anew) when the way to the minimum
 * is known. Yields after each iteration, so that the caller can report progress or stop.
 * @see Nocedal & Wright (2006), Numerical Optimization, algorithm 7.4
 * @see Lewis & Overton (2013), doi:10.1007/s10107-012-0514-2, algorithm 2.6 (line search)
 */
export function* minimise(
  objective: Objective,
  start: Float64Array,
  options: MinimiseOptions,
): Generator<Minimum, Minimum> {
  let history = pairHistory(options.inverseCurvature(start))
  const direction = new Float64Array(start.length)
  let next: Point = { x: new Float64Array(start.length), gradient: new Float64Array(start.length) }
  const gradient = new Float64Array(start.length)
  let now: Minimum = {
    x: start.slice(),
    value: objective(start, gradient),
    gradient,
    iterations: 0,
    evaluations: 1,
    hasConverged: false,
  }
  while (maxAbsolute(now.gradient) > options.tolerance) {
    if (now.iterations >= options.maxIterations) return now
    history.direction(now.gradient, direction)
    const step = searchLine(objective, { from: now, direction, next })
    if (!step) return now
    history.add({ from: now, to: next })
    const spare = { x: now.x, gradient: now.gradient }
    now = {
      ...next,
      value: step.value,
      iterations: now.iterations + 1,
      evaluations: now.evaluations + step.evaluations,
      hasConverged: false,
    }
    next = spare
    if (now.iterations === iterationsToSecondGuess) history = pairHistory(options.inverseCurvature(now.x))
    yield now
  }
  return { ...now, hasConverged: true }
}

interface Point {
  readonly x: Float64Array
  readonly gradient: Float64Array
}

/** Finds a step that lowers the value enough and the slope enough; writes the point into `line.next`. */
function searchLine(
  objective: Objective,
  line: { readonly from: Minimum; readonly direction: Float64Array; readonly next: Point },
): { readonly value: number; readonly evaluations: number } | undefined {
  const { from, direction, next } = line
  const slope = dot(from.gradient, direction)
  if (!(slope < 0)) return undefined
  let least = 0
  let most = Infinity
  let length = 1
  for (let evaluations = 1; evaluations <= maxEvaluations; evaluations++) {
    copyScaled(next.x, from.x, { by: length, of: direction })
    const value = objective(next.x, next.gradient)
    if (!(value <= from.value + sufficientDecrease * length * slope)) most = length
    else if (dot(next.gradient, direction) < sufficientFlatness * slope) least = length
    else return { value, evaluations }
    length = most === Infinity ? 2 * least : (least + most) / 2
  }
  return undefined
}

const sufficientDecrease = 1e-4
const sufficientFlatness = 0.9
const maxEvaluations = 40

/** The last steps and changes of gradient, which stand for the Hessian. */
function pairHistory(inverseCurvature: Float64Array) {
  const size = inverseCurvature.length
  const pairCount = pairsFor(size)
  const steps: Float64Array[] = []
  const changes: Float64Array[] = []
  const inverseProducts: number[] = []
  const shares = new Float64Array(pairCount)
  let scale = 1
  return {
    /** Writes −H⁻¹ · gradient. */
    direction: (gradient: Float64Array, into: Float64Array): void => {
      for (let i = 0; i < size; i++) into[i] = -(gradient[i] as number)
      for (let k = steps.length - 1; k >= 0; k--) {
        const share = (inverseProducts[k] as number) * dot(steps[k] as Float64Array, into)
        shares[k] = share
        copyScaled(into, into, { by: -share, of: changes[k] as Float64Array })
      }
      for (let i = 0; i < size; i++) into[i] = (into[i] as number) * scale * (inverseCurvature[i] as number)
      for (let k = 0; k < steps.length; k++) {
        const share = (inverseProducts[k] as number) * dot(changes[k] as Float64Array, into)
        copyScaled(into, into, { by: (shares[k] as number) - share, of: steps[k] as Float64Array })
      }
    },
    add: ({ from, to }: { from: Point; to: Point }): void => {
      const isFull = steps.length === pairCount
      const step = isFull ? (steps.shift() as Float64Array) : new Float64Array(size)
      const change = isFull ? (changes.shift() as Float64Array) : new Float64Array(size)
      if (isFull) inverseProducts.shift()
      copyScaled(step, to.x, { by: -1, of: from.x })
      copyScaled(change, to.gradient, { by: -1, of: from.gradient })
      const product = dot(step, change)
      steps.push(step)
      changes.push(change)
      inverseProducts.push(1 / product)
      let weighted = 0
      for (let i = 0; i < size; i++) weighted += (change[i] as number) ** 2 * (inverseCurvature[i] as number)
      scale = product / weighted
    },
  }
}

/** Tried on text and on tables: the second guess halves the iterations of a softmax over text. */
const iterationsToSecondGuess = 8

/** Pairs kept: 20 save iterations that read all rows; over many weights each pair costs more than it saves. */
const pairsFor = (size: number): number => (size > 100_000 ? 5 : 20)
