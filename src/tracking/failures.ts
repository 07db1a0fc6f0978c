import { defineFailures } from '#platform'

/** Errors of recording and finding runs. */
export const fail = defineFailures('tracking', {
  unknownRun: {
    status: 404,
    means: 'No run has this id',
    remedy: "List them: 'millrace runs list'",
  },
  paramChanged: {
    status: 409,
    means: 'A parameter of a run was set before, to another value',
    remedy: 'Start another run for other parameters: what a run was given never changes',
  },
  badValue: {
    status: 422,
    means: 'A name or value is empty, too long or not a number that can be stored',
    remedy: 'Correct the value that the message names',
  },
  notTheTrainer: {
    status: 403,
    means: 'A program asked for what the tracking address of a trainer does not give it',
    remedy: 'Use MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN and MLFLOW_RUN_ID as they are given, for that run alone',
  },
  unknownUpload: {
    status: 404,
    means: 'No upload in parts has this id, or its time is over',
    remedy: 'Begin the upload again',
  },
  badUpload: {
    status: 422,
    means: 'The parts of an upload are not those of one whole file',
    remedy: 'Send the parts that the message names, then complete the upload with all of them in their order',
  },
  artifactOutside: {
    status: 404,
    means: 'An artifact was to be stored below an experiment that the project does not have',
    remedy: 'Store it where the run or the logged model says: at its artifact URI',
  },
  artifactInTheWay: {
    status: 422,
    means: 'An artifact cannot be stored or deleted at a path, for what stands there',
    remedy: 'Choose another path',
  },
  unknownExperiment: {
    status: 404,
    means: 'No experiment has this id',
    remedy: "List them: 'millrace runs experiments'",
  },
  notFound: {
    status: 404,
    means: 'What was named is not there',
    remedy:
      "List what is there: 'millrace runs list', 'millrace runs experiments', 'millrace models list' or 'millrace versions list'",
  },
  notTaken: {
    status: 422,
    means: 'A filter, an order, a name or a value is none that tracking takes',
    remedy: 'Mend what the message names; the guide to tracking has the grammar of filters',
  },
  ownRecord: {
    status: 409,
    means:
      'Runs cannot be brought into the experiment of a system: what stands there is the record of the system alone',
    remedy: 'Name another experiment with --experiment',
  },
  idTaken: {
    status: 409,
    means: 'The id of a run or logged model that is brought in belongs to another experiment',
    remedy: 'Ask first which ids are free: POST /api/v1/imports/ids',
  },
})
