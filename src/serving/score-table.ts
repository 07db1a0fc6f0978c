import { decide } from '#evaluation'
import type { Model, Scores } from '#model'
import type { NumberColumn, StringColumn, Table } from '#platform'
import type { Cost } from '#system'

export interface ScoreOptions {
  /** Binary: positive from this probability up. */
  readonly threshold?: number | null | undefined
  readonly cost?: Cost | undefined
  /** Milliseconds of `performance.now()` after which nobody waits for the answer. */
  readonly deadlineMs?: number | undefined
}

/** What a model answers for a table, by column; shape [rows] each. */
export interface ScoredTable {
  readonly rowCount: number
  readonly scores: Scores
  /** The most probable class, of equal ones the first; null for a regression. */
  readonly label: StringColumn | null
  /** Binary: of the positive class. Multiclass: of the label. Null for a regression. */
  readonly probability: NumberColumn | null
  /** The predicted number; null for a classifier. */
  readonly value: NumberColumn | null
  /** The class that the prediction means, by threshold and cost; null for a regression. */
  readonly decision: StringColumn | null
}

/**
 * Scores every row and says what each prediction means. A request, a batch and a rehearsal all come through here.
 * @throws {Failure} `model/missingInput`, `model/wrongInputType`
 */
export async function scoreTable(model: Model, table: Table, options: ScoreOptions = {}): Promise<ScoredTable> {
  const { task } = model.signature
  const scores = await model.predict(table, { deadlineMs: options.deadlineMs })
  const { rowCount } = table
  if (scores.kind === 'numbers') {
    const value: NumberColumn = { kind: 'number', values: Float64Array.from(scores.values) }
    return { rowCount, scores, label: null, probability: null, value, decision: null }
  }
  const { classes } = scores
  const decided = decide(scores, { task, cost: options.cost, threshold: options.threshold ?? undefined })
  const labels = mostProbable(scores)
  return {
    rowCount,
    scores,
    label: { kind: 'string', codes: labels, dictionary: classes },
    probability: { kind: 'number', values: probabilitiesOf(scores, task === 'binary' ? undefined : labels) },
    value: null,
    decision: decided.kind === 'classes' ? { kind: 'string', codes: decided.labels, dictionary: classes } : null,
  }
}

type ClassScores = Extract<Scores, { kind: 'classes' }>

function mostProbable({ classes, probabilities }: ClassScores): Int32Array {
  const width = classes.length
  const labels = new Int32Array(probabilities.length / width)
  for (let row = 0; row < labels.length; row++) {
    const start = row * width
    let best = 0
    for (let k = 1; k < width; k++)
      if ((probabilities[start + k] as number) > (probabilities[start + best] as number)) best = k
    labels[row] = best
  }
  return labels
}

/** Probability of the given class of each row; of the second class where none is given. */
function probabilitiesOf({ classes, probabilities }: ClassScores, labels?: Int32Array): Float64Array {
  const width = classes.length
  return Float64Array.from(
    { length: probabilities.length / width },
    (_, row) => probabilities[row * width + (labels ? (labels[row] as number) : 1)] as number,
  )
}
