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
    remedy: "Look at the decisions with 'millrace status', mend the data or the check, then run again",
  },
  nothingPulled: {
    status: 422,
    means: 'A source has not given a row yet, so there is nothing to learn from',
    remedy: 'Look whether its rows lie in the future or have no time, then run again',
  },
  noPartitionColumn: {
    status: 422,
    means: 'The column that a system is partitioned by is not among the inputs of its dataset',
    remedy: 'Correct the name, select the column in the SQL, or list it in dataset.inputs',
  },
  partitionNotText: {
    status: 422,
    means: 'The column that a system is partitioned by does not hold texts',
    remedy: 'Cast it to varchar in the SQL of the dataset, or partition by another column',
  },
  tooManySegments: {
    status: 422,
    means: 'More segments have enough rows for a model of their own than the system file allows',
    remedy: 'Raise partition.minRows so that only larger segments have their own, or raise partition.maxSegments',
  },
  nameDiffers: {
    status: 422,
    means: 'A system is applied under another name than its own',
    remedy: 'Use the name of the system in the address',
  },
  unknownSystem: {
    status: 404,
    means: 'No system of that name was applied',
    remedy: "Apply it first: 'millrace apply'",
  },
})
