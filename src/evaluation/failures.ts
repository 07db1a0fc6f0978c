import { defineFailures } from '#platform'

/** Errors of judging models. */
export const fail = defineFailures('evaluation', {
  noRows: {
    status: 422,
    means: 'There are no rows to judge the model on',
    remedy: 'Give the evaluation a longer holdout, or wait until outcomes have arrived',
  },
  rowsDiffer: {
    status: 422,
    means: 'Scores, truth, weights or a slice column do not have the same number of rows',
    remedy: 'Pass the values of the same rows, in the same order',
  },
  classesDiffer: {
    status: 422,
    means: 'The classes of a binary model are not those of the truth',
    remedy: 'Compare models of one target, and name its classes alike in the dataset and the outcomes',
  },
  taskDiffers: {
    status: 422,
    means: 'Numbers were given where classes were expected, or classes where numbers were',
    remedy: 'Compare models of one task: binary, multiclass or regression',
  },
  costDiffers: {
    status: 422,
    means: 'The cost of the framing does not fit its task',
    remedy:
      'Give a binary task falseNegative and falsePositive, a multiclass task right and wrong, a regression under and over',
  },
  notFinite: {
    status: 422,
    means: 'Some scores or truths are not numbers',
    remedy: 'Look for missing values of the target, and for a model that answers NaN',
  },
  unknownMetric: {
    status: 422,
    means: 'The metric does not exist for the task',
    remedy: 'Choose one of the metrics that the message lists',
  },
  undefinedMetric: {
    status: 422,
    means: 'The metric that chooses the model has no value on these rows',
    remedy: 'Give the evaluation rows of every class, add framing.cost for expected-cost, or choose another metric',
  },
  emptyLadder: {
    status: 422,
    means: 'There is no candidate to choose from',
    remedy: 'Let at least one candidate finish its training',
  },
})
