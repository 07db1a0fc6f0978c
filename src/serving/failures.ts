import { defineFailures } from '#platform'

/** Errors of serving and of the prediction log. */
export const fail = defineFailures('serving', {
  noRows: {
    status: 422,
    means: 'The request asks for no prediction',
    remedy: 'Send one row as an object, or many as { rows: [...] }',
  },
  tooManyRows: {
    status: 413,
    means: 'The request asks for more predictions than one request may',
    remedy: 'Send several smaller requests, or score the rows as a batch',
  },
  modelFailed: {
    status: 500,
    means: 'The model that serves could not score rows that fit its signature',
    remedy: 'Roll its release back, and look at the model file',
  },
  wrongRows: {
    status: 500,
    means: 'A model gave other rows than it was given, so that nobody can tell which answer is whose',
    remedy: 'Look at the model file: its outputs must have one row for each of its inputs',
  },
  closing: {
    status: 503,
    retry: true,
    means: 'The server is closing',
    remedy: 'Ask another server, or this one again when it is up',
  },
  noDataset: {
    status: 409,
    means: 'The dataset that a version learned from is gone, so that inputs cannot be made of requests',
    remedy: "Train again: run 'millrace run'",
  },
  unknownModel: {
    status: 404,
    means: 'No model of that name, or no such version of it, is served',
    remedy: 'List what is served: POST /v2/repository/index',
  },
  notServed: {
    status: 409,
    means:
      'A registered model of that name is kept, but does not answer: it is no ONNX model, is being judged, or failed',
    remedy: 'Register it as ONNX: mlflow.onnx.log_model(model, name, registered_model_name=NAME)',
  },
  badInput: {
    status: 400,
    means: 'A request for inference does not fit the protocol or the inputs of the model',
    remedy: 'Ask for the inputs of the model: GET /v2/models/NAME',
  },
  overloaded: {
    status: 503,
    retry: true,
    means: 'More requests wait for the model than its queue holds',
    remedy: 'Ask again after the seconds of Retry-After, or serve with more processes',
  },
  processEnded: {
    status: 500,
    means: 'A process that answers requests ended while it started',
    remedy: 'Look above for what it said; MILLRACE_SERVING_PROCESSES=0 answers in the control process instead',
  },
  laneDied: {
    status: 503,
    retry: true,
    means: 'The thread that runs a model ended while it ran',
    remedy: 'Ask again: another thread takes its place',
  },
  deadlineExceeded: {
    status: 504,
    retry: true,
    means: 'The request waited longer than it, or the system file, allows',
    remedy: 'Ask again, allow more time, or serve with more processes',
  },
  partitioned: {
    status: 422,
    means: 'Predictions of a version with a model for each segment are not explained yet',
    remedy: 'Ask without explain=true, or explain a version without partition',
  },
  wrongBatch: {
    status: 422,
    means: 'A batch of predictions does not have the columns that the log keeps',
    remedy: 'Give it the columns that the message names, one value for each row',
  },
})
