import type { Scores } from '#model'
import type { TrainingData } from '../schema.ts'

/**
 * How wrong predictions are, by weight: mean log loss of classes in nats, mean squared error of numbers.
 *
 * log loss = −Σᵢ wᵢ ln pᵢ / Σᵢ wᵢ, with pᵢ the probability given to the row's class, held to at least 1e−15.
 *
 * @throws RangeError when the scores are not of the data's rows and kind
 */
export function validationLoss({ target, weights }: TrainingData, scores: Scores): number {
  const rows = target.kind === 'classes' ? target.labels.length : target.values.length
  const width = scores.kind === 'classes' ? scores.classes.length : 1
  const found = scores.kind === 'classes' ? scores.probabilities : scores.values
  if (target.kind !== scores.kind || found.length !== rows * width)
    throw new RangeError(`Cannot measure the loss: ${rows} ${target.kind}, ${found.length} ${scores.kind} scores`)
  let sum = 0
  let total = 0
  for (let row = 0; row < rows; row++) {
    const weight = weights ? (weights[row] as number) : 1
    total += weight
    if (target.kind === 'classes') {
      const p = found[row * width + (target.labels[row] as number)] as number
      sum -= weight * Math.log(Math.max(p, 1e-15))
    } else {
      sum += weight * ((found[row] as number) - (target.values[row] as number)) ** 2
    }
  }
  return sum / total
}
