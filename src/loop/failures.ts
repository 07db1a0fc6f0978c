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
  missingFiles: {
    status: 422,
    means: 'A file that a registered model names is not among its artifacts',
    remedy: 'Log the model again, and register it once it was logged whole',
  },
  tooManyFiles: {
    status: 422,
    means: 'The folder of a registered model holds more files than a model has',
    remedy: 'Log the model into a folder of its own',
  },
  tooLarge: {
    status: 422,
    means: 'The files of a registered model are larger than what a serving process may keep open',
    remedy: 'Make it smaller, or raise MILLRACE_OPEN_MODELS_MB',
  },
  wrongSignature: {
    status: 422,
    means: 'The signature of a registered model is not that of its graph',
    remedy: 'Log it with the signature of the graph: mlflow.models.infer_signature(inputs, outputs), or with none',
  },
  badExample: {
    status: 422,
    means: 'A registered model does not answer its own input example, or not with finite numbers',
    remedy: 'Log it with an input_example that the graph takes, in its types',
  },
  noProbabilities: {
    status: 422,
    means: 'What a registered model gives for the classes of its system are no probabilities',
    remedy: 'Give probabilities: in [0, 1], and 1 in all for each row; add a softmax or sigmoid to the graph',
  },
  refusedByGate: {
    status: 422,
    means: 'A registered model did not pass a gate of its system, so that it is not released',
    remedy: 'Look at the evidence in the decisions of the system, and register a better one',
  },
  nameTaken: {
    status: 409,
    means: 'A model file of the same name and number is served already, and comes from elsewhere',
    remedy: 'Unload that one, or register the model under another name',
  },
  registrationFailed: {
    status: 500,
    means: 'An unexpected error ended the judgement of a registered model',
    remedy: 'Look at the log of the server, then register the version again',
  },
  unknownSystem: {
    status: 404,
    means: 'No system of that name was applied',
    remedy:
      "Apply its file with 'millrace apply', or correct the name: 'millrace status' lists those that were applied",
  },
})
