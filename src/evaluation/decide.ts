import type { Scores, Task } from '#model'
import type { Cost } from '#system'
import { calibratedThreshold } from './cost/calibrated-threshold.ts'
import { costMatrix } from './cost/cost-matrix.ts'
import { fail } from './failures.ts'
import type { Decisions } from './schema.ts'

export interface DecideOptions {
  readonly task: Task
  readonly cost?: Cost | undefined
  /** Binary: positive from this probability up; the closed form of the cost where absent, ½ without a cost. */
  readonly threshold?: number | undefined
}

/**
 * The action that each row's prediction means.
 *
 * Binary: positive iff p ≥ threshold. Multiclass: the class d of least expected cost Σₐ p(a) cost(a, d), which is the
 * most probable class where every error costs the same; the first of equal ones. Regression: the predicted value.
 *
 * @returns decisions, shape [rows], in the order of the classes of `scores`
 * @throws {Failure} `evaluation/taskDiffers`, `evaluation/costDiffers`
 */
export function decide(scores: Scores, options: DecideOptions): Decisions {
  const { task, cost } = options
  if (task === 'regression') {
    if (scores.kind === 'numbers') return { kind: 'numbers', values: Float64Array.from(scores.values) }
    throw fail('taskDiffers', 'Cannot decide: a regression needs numbers, the model gave classes')
  }
  if (scores.kind === 'numbers')
    throw fail('taskDiffers', `Cannot decide: a ${task} task needs classes, the model gave numbers`)
  const { classes } = scores
  if (task === 'binary') {
    const threshold = options.threshold ?? (cost ? calibratedThreshold(cost, classes) : 0.5)
    const probabilities = positiveProbabilities(scores)
    const labels = new Int32Array(probabilities.length)
    for (let row = 0; row < labels.length; row++) labels[row] = (probabilities[row] as number) >= threshold ? 1 : 0
    return { kind: 'classes', classes, labels }
  }
  return { kind: 'classes', classes, labels: cheapestClasses(scores, cost) }
}

/**
 * The probability of the positive class of each row, shape [rows].
 * @throws {Failure} `evaluation/taskDiffers` when the scores are not those of two classes
 */
export function positiveProbabilities(scores: Scores): Float64Array {
  if (scores.kind === 'numbers' || scores.classes.length !== 2)
    throw fail('taskDiffers', 'Cannot read probabilities: a binary task needs scores of two classes')
  const { probabilities } = scores
  const positive = new Float64Array(probabilities.length / 2)
  for (let row = 0; row < positive.length; row++) positive[row] = probabilities[2 * row + 1] as number
  return positive
}

/**
 * The expected cost of deciding d is wrong + (right − wrong) p(d) + Σ over the exceptions (a, d) of p(a) times what the
 * exception adds: few exceptions make it linear in the classes.
 */
function cheapestClasses(scores: Extract<Scores, { kind: 'classes' }>, cost: Cost | undefined): Int32Array {
  const { classes, probabilities } = scores
  const width = classes.length
  const { right, wrong, exceptions } = partsOf(cost, classes)
  const labels = new Int32Array(probabilities.length / width)
  const expected = new Float64Array(width)
  for (let row = 0; row < labels.length; row++) {
    const start = row * width
    for (let d = 0; d < width; d++) expected[d] = wrong + (right - wrong) * (probabilities[start + d] as number)
    for (const { a, d, more } of exceptions)
      expected[d] = (expected[d] as number) + (probabilities[start + a] as number) * more
    let best = 0
    for (let d = 1; d < width; d++) if ((expected[d] as number) < (expected[best] as number)) best = d
    labels[row] = best
  }
  return labels
}

function partsOf(cost: Cost | undefined, classes: readonly string[]) {
  const exceptions: { a: number; d: number; more: number }[] = []
  if (!cost) return { right: 0, wrong: 1, exceptions }
  const { money } = costMatrix(cost, classes, classes)
  const plain = 'wrong' in cost ? cost : { right: 0, wrong: 1 }
  for (let a = 0; a < classes.length; a++) {
    for (let d = 0; d < classes.length; d++) {
      const more = (money[a * classes.length + d] as number) - (a === d ? plain.right : plain.wrong)
      if (more !== 0) exceptions.push({ a, d, more })
    }
  }
  return { right: plain.right, wrong: plain.wrong, exceptions }
}
