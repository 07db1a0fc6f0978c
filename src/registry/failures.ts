import { defineFailures } from '#platform'

/** Errors of registering and naming versions. */
export const fail = defineFailures('registry', {
  unknownVersion: {
    status: 404,
    means: 'No version of a model has this id or number',
    remedy: "List them: 'millrace versions list'",
  },
  noEvaluation: {
    status: 422,
    means: 'A model that nobody has judged cannot be registered',
    remedy: 'Evaluate it on rows that it has not seen, then register it with what that found',
  },
  missingModel: {
    status: 422,
    means: 'The model file of a version is not in the store',
    remedy: 'Store the ONNX file first, then register its digest',
  },
  taskMismatch: {
    status: 422,
    means: 'The evaluation is of another task than the model solves',
    remedy: 'Register a model with its own evaluation',
  },
  notServable: {
    status: 409,
    means: 'A rejected or archived version cannot become champion or challenger',
    remedy: "Set its state to 'registered' first, with the reason, or name another version",
  },
  badModelFile: {
    status: 422,
    means: "The file MLmodel of a model of MLflow's is not one",
    remedy: 'Log the model again with mlflow.onnx.log_model',
  },
  inService: {
    status: 409,
    means: 'A version that serves cannot be rejected or archived',
    remedy: 'Release another version first',
  },
  releasesDecide: {
    status: 409,
    means: 'Which version of a system is champion or challenger is decided by its releases',
    remedy: "Release another version, or look at them with 'millrace status'",
  },
})
