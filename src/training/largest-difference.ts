import type { Scores } from '#model'

/**
 * How far two predictions of the same rows lie apart at most: of probabilities the absolute difference, of numbers the
 * difference relative to the expected one, or absolute where that is below 1.
 *
 * max |aᵢ − eᵢ| / max(1, |eᵢ|); Infinity where one is not a number and the other is.
 * @throws RangeError when they are not predictions of the same rows and classes
 */
export function largestDifference(actual: Scores, expected: Scores): number {
  const [found, wanted] = [valuesOf(actual), valuesOf(expected)]
  if (actual.kind !== expected.kind || found.length !== wanted.length)
    throw new RangeError(
      `Cannot compare predictions: ${found.length} ${actual.kind}, ${wanted.length} ${expected.kind}`,
    )
  let largest = 0
  for (let i = 0; i < found.length; i++) {
    const [a, e] = [found[i] as number, wanted[i] as number]
    if (Object.is(a, e) || a === e) continue
    const difference = Math.abs(a - e) / (expected.kind === 'numbers' ? Math.max(1, Math.abs(e)) : 1)
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference)
  }
  return largest
}

const valuesOf = (scores: Scores): ArrayLike<number> =>
  scores.kind === 'classes' ? scores.probabilities : scores.values
