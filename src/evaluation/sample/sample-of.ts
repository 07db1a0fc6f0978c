import { positiveProbabilities } from '../decide.ts'
import { binarySample } from './binary-sample.ts'
import type { JudgedRows } from './judged-rows.ts'
import { multiclassSample } from './multiclass-sample.ts'
import { regressionSample } from './regression-sample.ts'
import type { Sample } from './sample.ts'

/** The sample of judged rows, in their order. */
export function sampleOf({ scores, decisions, truth, costs, ...judged }: JudgedRows): Sample {
  const { weights, per } = judged
  if (truth.kind === 'numbers' || decisions.kind === 'numbers' || scores.kind === 'numbers') {
    const actual = truth as { readonly values: Float64Array }
    const predicted = decisions as { readonly values: Float64Array }
    return regressionSample({ predicted: predicted.values, actual: actual.values, costs, weights, per })
  }
  if (judged.task === 'binary')
    return binarySample({
      probabilities: positiveProbabilities(scores),
      epsilon: scores.probabilities instanceof Float32Array ? 2 ** -23 : 2 ** -52,
      positive: new Uint8Array(truth.labels),
      predicted: new Uint8Array(decisions.labels),
      costs,
      weights,
      per,
    })
  return multiclassSample({
    probabilities: scores.probabilities,
    width: scores.classes.length,
    actual: truth.labels,
    predicted: decisions.labels,
    costs,
    weights,
    classes: Math.max(truth.classes.length, decisions.classes.length),
    per,
  })
}
