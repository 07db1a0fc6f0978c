import type { Scores, Task } from '#model'
import type { Cost } from '#system'
import { alignedLabels } from '../aligned-labels.ts'
import { rowCosts } from '../cost/row-costs.ts'
import { decide } from '../decide.ts'
import { fail } from '../failures.ts'
import type { Decisions, Truth } from '../schema.ts'

/** What is judged: a model's answers, what they led to, and the truth, all of the same rows in the same order. */
export interface Judgement {
  readonly task: Task
  readonly scores: Scores
  readonly truth: Truth
  /** Money of the decisions; without it there is no expected cost. */
  readonly cost?: Cost | undefined
  /** Money is reported per this many rows. */
  readonly per: number
  /** Binary: positive from this probability up; see `decide`. */
  readonly threshold?: number | undefined
  /** What was really decided; made from the scores where absent. */
  readonly decisions?: Decisions | undefined
  /** Importance of each row, shape [rows], ≥ 0; equal where absent. */
  readonly weights?: Float64Array | undefined
}

/** Rows ready to be measured. */
export interface JudgedRows {
  readonly task: Task
  readonly scores: Scores
  readonly decisions: Decisions
  /** Classes in the order of the scores, those that the model does not know after them. */
  readonly truth: Truth
  readonly costs: Float64Array | null
  readonly per: number
  readonly weights: Float64Array
}

/**
 * Checks that everything is of the same rows, decides, aligns the classes and prices the decisions.
 *
 * @throws {Failure} `evaluation/noRows`, `evaluation/rowsDiffer`, `evaluation/taskDiffers`, `evaluation/notFinite`,
 *   `evaluation/classesDiffer`, `evaluation/costDiffers`
 */
export function judgedRows(judgement: Judgement): JudgedRows {
  const { task, scores, cost, per } = judgement
  const rows = rowsOf(judgement.truth)
  if (rows === 0) throw fail('noRows', 'Cannot judge the model: there are no rows')
  const scored = scores.kind === 'numbers' ? scores.values.length : scores.probabilities.length / scores.classes.length
  needsRows('scores', scored, rows)
  if (judgement.weights) needsRows('weights', judgement.weights.length, rows)
  allFinite('score', scores.kind === 'numbers' ? scores.values : scores.probabilities)
  if (judgement.truth.kind === 'numbers') allFinite('truth', judgement.truth.values)
  const decisions = judgement.decisions ?? decide(scores, judgement)
  const truth = alignedTruth(judgement)
  return {
    task,
    scores,
    decisions: decisions.kind === 'classes' ? inOrderOf(decisions, truth, task) : decisions,
    truth,
    costs: cost ? rowCosts(decisions, truth, cost) : null,
    per,
    weights: judgement.weights ?? new Float64Array(rows).fill(1),
  }
}

/** The judged rows at `places`, in that order. */
export function takeJudged(judged: JudgedRows, places: Int32Array): JudgedRows {
  return {
    ...judged,
    scores: takeScores(judged.scores, places),
    decisions: takeTruth(judged.decisions, places),
    truth: takeTruth(judged.truth, places),
    costs: judged.costs && takeNumbers(judged.costs, places),
    weights: takeNumbers(judged.weights, places),
  }
}

/** The rows of a truth, or of decisions, at `places`. */
export function takeTruth(truth: Truth, places: Int32Array): Truth {
  return truth.kind === 'numbers'
    ? { kind: 'numbers', values: takeNumbers(truth.values, places) }
    : { ...truth, labels: places.map((row) => truth.labels[row] as number) }
}

const takeNumbers = (values: Float64Array, places: Int32Array): Float64Array =>
  Float64Array.from(places, (row) => values[row] as number)

/** The number of rows of a truth or of decisions. */
export const rowsOf = (truth: Truth): number => (truth.kind === 'numbers' ? truth.values.length : truth.labels.length)

/** The rows of scores at `places`. */
export function takeScores(scores: Scores, places: Int32Array): Scores {
  const wide = scores.kind === 'numbers' ? scores.values : scores.probabilities
  const width = scores.kind === 'numbers' ? 1 : scores.classes.length
  const taken =
    wide instanceof Float32Array ? new Float32Array(places.length * width) : new Float64Array(places.length * width)
  places.forEach((row, to) => taken.set(wide.subarray(row * width, (row + 1) * width), to * width))
  return scores.kind === 'numbers' ? { kind: 'numbers', values: taken } : { ...scores, probabilities: taken }
}

function alignedTruth({ task, scores, truth }: Judgement): Truth {
  const expected = task === 'regression' ? 'numbers' : 'classes'
  if (scores.kind !== expected || truth.kind !== expected)
    throw fail('taskDiffers', `Cannot judge the model: a ${task} task needs ${expected} as scores and as truth`)
  if (scores.kind === 'numbers' || truth.kind === 'numbers') return truth
  if (task === 'binary' && scores.classes.length !== 2)
    throw fail('taskDiffers', `Cannot judge the model: a binary task has two classes, it gave ${scores.classes.length}`)
  return { kind: 'classes', ...alignedLabels(truth, scores.classes, task) }
}

function inOrderOf(decisions: Extract<Decisions, { kind: 'classes' }>, truth: Truth, task: Task): Decisions {
  if (truth.kind === 'numbers') throw fail('taskDiffers', 'Cannot judge the model: its decisions are not numbers')
  return { kind: 'classes', ...alignedLabels(decisions, truth.classes, task) }
}

function needsRows(what: string, found: number, rows: number): void {
  if (found !== rows) throw fail('rowsDiffer', `Cannot judge the model: ${found} ${what} for ${rows} rows of truth`)
}

function allFinite(what: string, values: ArrayLike<number>): void {
  for (let place = 0; place < values.length; place++) {
    if (!Number.isFinite(values[place]))
      throw fail('notFinite', `Cannot judge the model: ${what} ${place} is ${values[place]}`)
  }
}
