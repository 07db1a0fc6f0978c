import { openModel, type Scores } from '#model'
import { sliceRows, type Table } from '#platform'
import { fail } from '../failures.ts'
import { largestDifference } from '../largest-difference.ts'

/**
 * Holds a model file of others to what serving expects of every model: finite numbers, probabilities that are some, and the
 * same answer for a row alone as among others.
 * @param table some rows, at least one
 * @param attempt the start of the message of an error
 * @returns what it answered
 * @throws {Failure} `training/badAnswers`, and as `openModel`
 */
export async function checkAnswers(onnx: Uint8Array, table: Table, attempt: string): Promise<Scores> {
  const model = await openModel(onnx)
  try {
    const scores = await model.predict(table)
    const problem = problemOf(scores)
    if (problem !== null) throw fail('badAnswers', `${attempt}: its model.onnx ${problem}`)
    const [alone, first] = [await model.predict(sliceRows(table, 0, 1)), firstOf(scores)]
    if (largestDifference(alone, first) > tolerance)
      throw fail('badAnswers', `${attempt}: its model.onnx answers a row alone otherwise than among others`)
    return scores
  } finally {
    await model.release()
  }
}

function problemOf(scores: Scores): string | null {
  const values = Array.from(scores.kind === 'numbers' ? scores.values : scores.probabilities)
  const bad = values.findIndex((value) => !Number.isFinite(value))
  const width = scores.kind === 'numbers' ? 1 : scores.classes.length
  if (bad >= 0) return `answers ${values[bad]} for row ${Math.floor(bad / width)} of the validation data`
  if (scores.kind === 'numbers') return null
  for (let from = 0; from < values.length; from += width) {
    const row = values.slice(from, from + width)
    const sum = row.reduce((total, value) => total + value, 0)
    if (row.some((value) => value < -tolerance || value > 1 + tolerance) || Math.abs(sum - 1) > tolerance)
      return `answers [${row.map((value) => value.toPrecision(4)).join(', ')}], which are no probabilities of the classes`
  }
  return null
}

const firstOf = (scores: Scores): Scores =>
  scores.kind === 'numbers'
    ? { ...scores, values: scores.values.subarray(0, 1) }
    : { ...scores, probabilities: scores.probabilities.subarray(0, scores.classes.length) }

const tolerance = 1e-3
