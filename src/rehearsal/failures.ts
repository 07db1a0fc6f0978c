import { defineFailures } from '#platform'

/** Makes the expected errors of rehearsals. */
export const fail = defineFailures('rehearsal', {
  noTime: {
    status: 422,
    means: 'A rehearsal needs to know when each row happened',
    remedy: 'Set framing.time to the column with the moment of prediction',
  },
  tooShort: {
    status: 422,
    means: 'The history is too short to train and then serve',
    remedy: 'Give more history, or a shorter window and holdout in evaluation.split',
  },
  badVariation: {
    status: 422,
    means: 'What is to be varied cannot be read',
    remedy: 'Name a path of the system file and its values: --vary retrain.every=7d,28d,never',
  },
})
