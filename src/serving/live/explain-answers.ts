import type { Explanation, Field, ScoreScale } from '#model'
import { numberColumn, stringColumn, type Table } from '#platform'
import { fail } from '../failures.ts'
import type { LoggedPrediction } from '../schema.ts'
import type { Arms } from './arms.ts'

/** Why one prediction came out as it did; see {@link Explanation}. */
export interface PredictionExplanation {
  readonly scale: ScoreScale
  /** One of the positive class, one of each class, or the one of a regression. */
  readonly outputs: readonly ExplainedOutput[]
}

/** `base` plus all contributions is `score`. */
export interface ExplainedOutput {
  /** The class that the score is of; null for a regression. */
  readonly label: string | null
  readonly base: number
  readonly score: number
  /** By input of the model. */
  readonly contributions: { readonly [input: string]: number }
}

/** Rows of one request that may be explained: each takes milliseconds, not microseconds. */
const maxExplained = 1000

/**
 * Explains answers from the inputs that their versions saw.
 * @returns in the order of the answers
 * @throws {Failure} `serving/tooManyRows`, `model/noExplanation` or `model/unexplainable`
 */
export async function explainAnswers(
  answers: readonly LoggedPrediction[],
  { champion, challenger }: Arms,
): Promise<readonly PredictionExplanation[]> {
  if (answers.length > maxExplained)
    throw fail('tooManyRows', `Cannot explain ${answers.length} predictions: at most ${maxExplained} at once`)
  const found = new Map<LoggedPrediction, PredictionExplanation>()
  for (const by of challenger ? [champion, challenger] : [champion]) {
    const own = answers.filter(({ versionId }) => versionId === by.version.id)
    if (own.length === 0) continue
    const explanation = await by.explain(tableOf(own, by.version.signature.inputs))
    own.forEach((answer, row) => found.set(answer, explanationOf(explanation, row)))
  }
  return answers.map((answer) => found.get(answer) as PredictionExplanation)
}

function tableOf(answers: readonly LoggedPrediction[], inputs: readonly Field[]): Table {
  const columns = inputs.map(({ name, type }) => {
    const cells = answers.map((answer) => answer.inputs[name] ?? null)
    const isText = type === 'categorical' || type === 'text'
    return [name, isText ? stringColumn(cells as (string | null)[]) : numberColumn(cells as (number | null)[])] as const
  })
  return { rowCount: answers.length, columns: Object.fromEntries(columns) }
}

function explanationOf(explanation: Explanation, row: number): PredictionExplanation {
  const { scale, inputs, outputs, base, scores, contributions } = explanation
  return {
    scale,
    outputs: outputs.map((label, k) => {
      const at = row * outputs.length + k
      return {
        label,
        base: base[k] as number,
        score: scores[at] as number,
        contributions: Object.fromEntries(
          inputs.map((input, place) => [input, contributions[at * inputs.length + place] as number]),
        ),
      }
    }),
  }
}
