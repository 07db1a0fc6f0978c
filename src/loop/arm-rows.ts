import type { ArmEvidence } from '#deployment'
import { rowCosts, type Decisions, type Truth } from '#evaluation'
import type { Scores } from '#model'
import type { Cost } from '#system'

/** What one version answered in one window, and what came true. All of the same rows in the same order. */
export interface ArmRows {
  readonly versionId: string
  readonly scores: Scores
  readonly decisions: Decisions
  /** Only the rows at {@link knownPlaces} are known. */
  readonly truth: Truth
  readonly knownPlaces: Int32Array
  /** Requests that it failed to answer. */
  readonly errors: number
}

/** Sums from which the evidence of a longer span is made: they add up over windows. */
export interface ArmSums {
  readonly rows: number
  readonly known: number
  readonly errors: number
  /** Money over the known rows, and the sum of its squares; null without costs. */
  readonly cost: number | null
  readonly costSquares: number | null
}

/** The sums of one window. */
export function armSums(arm: ArmRows, cost: Cost | undefined): ArmSums {
  const rows = arm.decisions.kind === 'numbers' ? arm.decisions.values.length : arm.decisions.labels.length
  const base = { rows, known: arm.knownPlaces.length, errors: arm.errors }
  if (!cost) return { ...base, cost: null, costSquares: null }
  const money = rowCosts(takeTruth(arm.decisions, arm.knownPlaces), takeTruth(arm.truth, arm.knownPlaces), cost)
  let sum = 0
  let squares = 0
  for (const value of money) {
    sum += value
    squares += value * value
  }
  return { ...base, cost: sum, costSquares: squares }
}

/** Adds up windows. */
export function addSums(windows: readonly ArmSums[]): ArmSums {
  const total = (read: (window: ArmSums) => number | null): number | null =>
    windows.some((window) => read(window) === null)
      ? null
      : windows.reduce((sum, window) => sum + (read(window) as number), 0)
  return {
    rows: windows.reduce((sum, window) => sum + window.rows, 0),
    known: windows.reduce((sum, window) => sum + window.known, 0),
    errors: windows.reduce((sum, window) => sum + window.errors, 0),
    cost: total((window) => window.cost),
    costSquares: total((window) => window.costSquares),
  }
}

/** Mean cost per prediction with its normal 95 % interval m ± 1.96 s/√n. */
export function armEvidence({ rows, known, errors, cost, costSquares }: ArmSums): ArmEvidence {
  if (cost === null || costSquares === null || known < 2)
    return { rows, known, errors, costPer: null, low: null, high: null }
  const mean = cost / known
  const variance = Math.max(0, (costSquares - cost * mean) / (known - 1))
  const half = 1.96 * Math.sqrt(variance / known)
  return { rows, known, errors, costPer: mean, low: mean - half, high: mean + half }
}

/** The rows at `places`; all of them, in order, cost nothing. */
export function takeTruth(truth: Truth, places: Int32Array): Truth {
  const rows = truth.kind === 'numbers' ? truth.values.length : truth.labels.length
  if (isWhole(places, rows)) return truth
  return truth.kind === 'numbers'
    ? { kind: 'numbers', values: pick(truth.values, places, new Float64Array(places.length)) }
    : { kind: 'classes', classes: truth.classes, labels: pick(truth.labels, places, new Int32Array(places.length)) }
}

/** The rows of scores at `places`; all of them, in order, cost nothing. */
export function takeScores(scores: Scores, places: Int32Array): Scores {
  if (scores.kind === 'numbers') {
    if (isWhole(places, scores.values.length)) return scores
    return { kind: 'numbers', values: pick(scores.values, places, new Float64Array(places.length)) }
  }
  const width = scores.classes.length
  if (isWhole(places, scores.probabilities.length / width)) return scores
  const probabilities = new Float32Array(places.length * width)
  for (let i = 0; i < places.length; i++) {
    const from = (places[i] as number) * width
    for (let j = 0; j < width; j++) probabilities[i * width + j] = scores.probabilities[from + j] as number
  }
  return { kind: 'classes', classes: scores.classes, probabilities }
}

/** Places are in order and without repeats: as many as there are rows means all of them. */
const isWhole = (places: Int32Array, rows: number): boolean =>
  places.length === rows && (rows === 0 || (places[0] === 0 && places[rows - 1] === rows - 1))

// oxlint-disable-next-line max-params -- a hot loop over flat arrays
function pick<T extends Float64Array | Int32Array>(values: ArrayLike<number>, places: Int32Array, into: T): T {
  for (let i = 0; i < places.length; i++) into[i] = values[places[i] as number] as number
  return into
}

/** The places of the rows for which a flag is set. */
export function placesWhere(flags: ArrayLike<number>, wanted = 1): Int32Array {
  const places = new Int32Array(flags.length)
  let count = 0
  for (let i = 0; i < flags.length; i++) if (flags[i] === wanted) places[count++] = i
  return places.slice(0, count)
}
