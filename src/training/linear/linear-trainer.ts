import type { Trainer } from '../schema.ts'
import { fitLinearModel, rowWeights } from './fit-linear-model.ts'
import { linearDefaults, linearSchema, linearSearchSpace } from './linear-parameters.ts'
import type { LinearParameters } from './linear-parameters.ts'
import { squaredLoss } from './loss.ts'

/**
 * Linear regression with a ridge penalty: minimises Σ weight · (output − target)² + l2 ‖weights‖². It is fitted to the
 * target in deviations from its mean, which changes nothing of the minimum and makes `tolerance` free of units.
 */
export const linearTrainer: Trainer<LinearParameters> = {
  kind: 'linear',
  rung: 2,
  tasks: ['regression'],
  defaults: linearDefaults,
  schema: linearSchema,
  searchSpace: linearSearchSpace,
  fit: async (data, parameters, context) => {
    const { target } = data
    if (target.kind !== 'numbers') throw new TypeError('Cannot train linear: the target holds classes, not numbers')
    const weights = rowWeights(data)
    const { mean, deviation } = spread(target.values, weights)
    const standard = target.values.map((value) => (value - mean) / deviation)
    const kind = { loss: squaredLoss(standard, weights), classes: [], rescale: { by: deviation, plus: mean } }
    return fitLinearModel(data, parameters, { kind, context })
  },
}

/** Weighted mean and standard deviation; 1 for the deviation of a constant. */
function spread(values: Float64Array, weights: Float64Array): { mean: number; deviation: number } {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const mean = values.reduce((sum, value, row) => sum + value * (weights[row] as number), 0) / total
  const variance = values.reduce((sum, value, row) => sum + (value - mean) ** 2 * (weights[row] as number), 0) / total
  return { mean, deviation: Math.sqrt(variance) || 1 }
}
