import type { ExplanationPlan, Field } from '#model'
import { featureInputs } from '../encode/feature-encoder.ts'
import type { FeatureEncoder } from '../encode/feature-encoder.ts'
import type { FeatureMatrix } from '../encode/feature-matrix.ts'
import type { ProjectedNodes, Projection } from '../encode/projection.ts'

/** What the file of a linear model says for its explanation. */
export function linearExplanation(
  inputs: readonly Field[],
  model: ProjectedNodes & { readonly intercepts: Float32Array; readonly means: Float64Array },
): ExplanationPlan {
  const places = placesOf(inputs)
  return {
    kind: 'linear',
    score: model.sums,
    parts: model.parts.map(({ of, ...part }) => ({ ...part, inputs: of.map((name) => places.get(name) as number) })),
    intercepts: [...model.intercepts],
    means: [...model.means],
  }
}

/**
 * Mean over the training rows, each counted once, of what the features of an input add to each output:
 * Σ mean(feature) · weight.
 * @returns row-major [inputs × K]
 */
export function meanParts(
  inputs: readonly Field[],
  model: { readonly encoder: FeatureEncoder; readonly projection: Projection; readonly matrix: FeatureMatrix },
): Float64Array {
  const { outputs, weights } = model.projection
  const places = placesOf(inputs)
  const means = featureMeans(model.matrix)
  const found = new Float64Array(inputs.length * outputs)
  featureInputs(model.encoder).forEach((input, feature) => {
    const first = (places.get(input) as number) * outputs
    for (let k = 0; k < outputs; k++)
      found[first + k] =
        (found[first + k] as number) + (means[feature] as number) * (weights[feature * outputs + k] as number)
  })
  return found
}

const placesOf = (inputs: readonly Field[]): ReadonlyMap<string, number> =>
  new Map(inputs.map(({ name }, place) => [name, place]))

/** Mean of each feature, shape [features]. */
function featureMeans({ rowCount, width, dense, denseCount, coded, sparse }: FeatureMatrix): Float64Array {
  const sums = new Float64Array(width + 1) // the last is of no feature
  const add = (place: number, value: number): void => void (sums[place] = (sums[place] as number) + value)
  dense.forEach((value, at) => add(at % denseCount, value))
  coded.forEach((place) => add(place, 1))
  sparse.values.forEach((value, at) => add(sparse.places[at] as number, value))
  return sums.map((sum) => sum / rowCount)
}
