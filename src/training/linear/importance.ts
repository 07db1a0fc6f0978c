import { featureInputs } from '../encode/feature-encoder.ts'
import type { FeatureEncoder } from '../encode/feature-encoder.ts'
import type { FeatureMatrix } from '../encode/feature-matrix.ts'
import type { Projection } from '../encode/projection.ts'
import type { FittedModel } from '../schema.ts'

/**
 * What each input weighs in a linear model: √ Σ variance(feature) · weight², over its features and all outputs, which is
 * the deviation of its part of the outputs if its features vary independently. Given as shares of the total; inputs
 * without a feature have none.
 */
export function linearImportance(
  inputs: readonly string[],
  model: { readonly encoder: FeatureEncoder; readonly projection: Projection },
  matrix: FeatureMatrix,
): FittedModel['importance'] {
  const { outputs, weights } = model.projection
  const variances = featureVariances(matrix)
  const squares = new Map(inputs.map((input) => [input, 0]))
  featureInputs(model.encoder).forEach((input, place) => {
    const own = weights.subarray(place * outputs, (place + 1) * outputs)
    const square = own.reduce((sum, weight) => sum + weight * weight, 0) * (variances[place] as number)
    squares.set(input, (squares.get(input) ?? 0) + square)
  })
  const deviations = [...squares].map(([input, square]) => ({ input, deviation: Math.sqrt(square) }))
  const total = deviations.reduce((sum, { deviation }) => sum + deviation, 0)
  return deviations
    .map(({ input, deviation }) => ({ input, share: total > 0 ? deviation / total : 0 }))
    .sort((a, b) => b.share - a.share)
}

/** Variance of each feature, shape [features]. */
function featureVariances({ rowCount, width, dense, denseCount, coded, sparse }: FeatureMatrix): Float64Array {
  const sums = new Float64Array(width + 1) // the last is of no feature
  const squares = new Float64Array(width + 1)
  const add = (place: number, value: number): void => {
    sums[place] = (sums[place] as number) + value
    squares[place] = (squares[place] as number) + value * value
  }
  dense.forEach((value, at) => add(at % denseCount, value))
  coded.forEach((place) => add(place, 1))
  sparse.values.forEach((value, at) => add(sparse.places[at] as number, value))
  return squares.map((square, place) => square / rowCount - ((sums[place] as number) / rowCount) ** 2)
}
