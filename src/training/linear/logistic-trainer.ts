import type { Target, Trainer, TrainingData } from '../schema.ts'
import { fitLinearModel, rowWeights } from './fit-linear-model.ts'
import { linearDefaults, linearSchema, linearSearchSpace } from './linear-parameters.ts'
import type { LinearParameters } from './linear-parameters.ts'
import { binaryLoss, softmaxLoss } from './loss.ts'
import type { Loss } from './loss.ts'

/** Logistic regression of two classes, softmax regression of more, with a ridge penalty. */
export const logisticTrainer: Trainer<LinearParameters> = {
  kind: 'logistic',
  rung: 2,
  tasks: ['binary', 'multiclass'],
  defaults: linearDefaults,
  schema: linearSchema,
  searchSpace: linearSearchSpace,
  fit: async (data, parameters, context) => {
    const { target } = data
    if (target.kind !== 'classes') throw new TypeError('Cannot train logistic: the target holds numbers, not classes')
    const kind = { loss: lossOf(data, target), classes: target.classes }
    return fitLinearModel(data, parameters, { kind, context })
  },
}

function lossOf(data: TrainingData, { classes, labels }: Target & { readonly kind: 'classes' }): Loss {
  const weights = rowWeights(data)
  return data.task === 'binary' ? binaryLoss(labels, weights) : softmaxLoss(labels, weights, classes.length)
}
