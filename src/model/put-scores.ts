import type { Scores } from './schema.ts'

/** The same scores in memory of their own, to be written by {@link putScores}. */
export function copyScores(scores: Scores): Scores {
  return scores.kind === 'numbers'
    ? { kind: 'numbers', values: scores.values.slice() }
    : { ...scores, probabilities: scores.probabilities.slice() }
}

/**
 * Writes the scores of some rows into those of a whole table.
 * @param places where each row of `part` stands in `into`
 */
export function putScores(into: Scores, part: Scores, places: Int32Array): void {
  const [to, from] = [flat(into), flat(part)]
  const width = into.kind === 'numbers' ? 1 : into.classes.length
  for (const [i, place] of places.entries()) to.set(from.subarray(i * width, (i + 1) * width), place * width)
}

const flat = (scores: Scores): Float32Array | Float64Array =>
  scores.kind === 'numbers' ? scores.values : scores.probabilities
