import { defineFailures } from '#platform'

/** Errors of opening and running models. */
export const fail = defineFailures('model', {
  unreadable: {
    status: 422,
    means: 'The bytes are not an ONNX model that the runtime can load',
    remedy: 'Export the model again, and check that the file was copied whole',
  },
  unsupportedType: {
    status: 422,
    means: 'An input or output of the model is of a type that cannot be served',
    remedy: 'Export the model with tensors for inputs and outputs; of classifiers without ZipMap',
  },
  noSignature: {
    status: 422,
    means: 'The ONNX file does not say what it takes and gives',
    remedy: "Add the metadata property 'millrace.signature': task, inputs and classes as JSON",
  },
  wrongGraph: {
    status: 422,
    means: 'The inputs or outputs of the ONNX graph are not those of its signature',
    remedy:
      'Give the graph one input [N, 1] per column, and outputs label and probabilities (classes) or prediction (regression)',
  },
  unfitInput: {
    status: 422,
    means: 'An input of a model of another tool cannot be made of the columns of the dataset',
    remedy:
      'Give the graph one input per column, of its name, or one matrix of the columns of numbers; name other columns in interface.json',
  },
  unfitOutput: {
    status: 422,
    means: 'What a model of another tool gives cannot be read as probabilities of the classes, or as a number',
    remedy:
      "Give the graph one output of floats, 'probabilities' [N, classes] or 'prediction' [N, 1], or name it in interface.json",
  },
  missingInput: {
    status: 422,
    means: 'The table to score lacks a column that the model needs',
    remedy: 'Send every input of the model; a missing value is null, not an absent column',
  },
  wrongInputType: {
    status: 422,
    means: 'A column to score holds another kind of value than the model was trained on',
    remedy: 'Send numbers for numeric, boolean and timestamp inputs, and text for categorical and text inputs',
  },
  wrongSegment: {
    status: 422,
    means: 'The model of a segment solves another task than the pooled model, or knows other classes',
    remedy: 'Train the system again; the two were not made together',
  },
  reservedName: {
    status: 422,
    means: 'A column to learn from is named like an output of the model: label, probabilities or prediction',
    remedy: 'Rename the column in the dataset, for example to probability_before',
  },
  noExplanation: {
    status: 422,
    means:
      'The model file does not say how its scores come about: it was trained before explanations were, or by another tool',
    remedy: "Train it again: 'millrace run' with a linear, logistic or boosted-trees candidate makes one that does",
  },
  unexplainable: {
    status: 422,
    means: 'The model has no contributions to show: it is a baseline (majority, mean, seasonal-naive) or a rule',
    remedy: 'Ask a version that a linear, logistic or boosted-trees candidate became',
  },
  released: {
    status: 409,
    means: 'The model was closed before it was asked to score',
    remedy: 'Open the model again',
  },
  externalData: {
    status: 422,
    means: 'A tensor of the model is kept in a file that is not there, is elsewhere, or is not as long as it says',
    remedy: "Log the model again with all its files, or export it as one: 'save_as_external_data=False' with MLflow",
  },
  tooLarge: {
    status: 422,
    means: 'The model is larger than what a serving process may keep open',
    remedy: 'Make it smaller, or raise MILLRACE_OPEN_MODELS_MB',
  },
  trialEnded: {
    status: 422,
    means:
      'The process in which a model is tried ended before it answered: the model crashed it, or took too much memory or time',
    remedy: 'Run the model with onnxruntime elsewhere to see where it fails, and export it again',
  },
  runFailed: {
    status: 500,
    means: 'The ONNX runtime could not run the model on these rows',
    remedy: 'Score the rows one by one to find the one it fails on, and report it with the model',
  },
})
