import { defineFailures } from '#platform'

/** Makes the loop's expected errors. */
export const fail = defineFailures('loop', {
  noCandidate: {
    status: 422,
    means: 'Every candidate of a training failed',
    remedy: 'Correct the candidates or the data as each reason says, then run again',
  },
  stoppedByCheck: {
    status: 422,
    means: "A check of severity 'stop' failed, so the loop went no further",
    remedy: "Look at the failing rows with 'millrace status', mend the data or the check, then run again",
  },
    status: 422,
    means: 'A rehearsal needs to know when each row happened',
    remedy: 'Set framing.time to the column with the moment of prediction',
  },
    status: 422,
    means: 'The history is too short to train and then serve',
    remedy: 'Give more history, or a shorter window and holdout in evaluation.split',
  },
  nameDiffers: { status: 422, means: 'A system is applied under another name than its own', remedy: 'Use the name of the system in the address' },
  unknownSystem: {
    status: 404,
    means: 'No system of that name was applied',
    remedy: "Apply it first: 'millrace apply'",
  },
    status: 422,
    means: 'A setting to vary is not one of the system file',
    remedy: "Name a path of the system file and values, such as 'retrain.every=7d,28d,never'",
  },
})
