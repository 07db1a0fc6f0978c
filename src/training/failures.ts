import { defineFailures } from '#platform'

/** Errors of data, parameters, rules and threads, before and while a model is trained. */
export const fail = defineFailures('training', {
  unknownTrainer: {
    status: 422,
    means: 'A candidate names a kind of model that no trainer makes',
    remedy: 'Choose one of the kinds that the message lists',
  },
  taskMismatch: {
    status: 422,
    means: 'A trainer does not solve this kind of task',
    remedy: 'Choose a trainer of the task, or frame the task differently',
  },
  unknownParameter: {
    status: 422,
    means: 'A candidate sets a parameter that its trainer does not have',
    remedy: 'Remove it, or correct its name to one that the message lists',
  },
  badParameter: {
    status: 422,
    means: 'A parameter has a value that its trainer cannot use',
    remedy: 'Set a value of the type and within the bounds that the message names',
  },
  noTuning: {
    status: 422,
    means: 'Tuning was asked of a trainer that has nothing to tune',
    remedy: 'Remove `tune` from the candidate, or choose a trainer with a search space',
  },
  allTrialsFailed: {
    status: 422,
    means: 'No combination of parameters could be trained while tuning',
    remedy: 'Correct what the last trial failed on, then tune again',
  },
  emptyTable: {
    status: 422,
    means: 'There is no row to learn from',
    remedy: 'Check the filters of the dataset and the range of its sources',
  },
  missingColumn: {
    status: 422,
    means: 'The table lacks a column that the model is to learn from, or it holds another kind of value',
    remedy: 'Select the column in the dataset, or remove it from the inputs',
  },
  noInputs: {
    status: 422,
    means: 'The model has no input at all',
    remedy: 'Name at least one column beside the target as an input',
  },
  noTarget: {
    status: 422,
    means: 'No row has a target',
    remedy: 'Check the target column, and that outcomes had arrived when the dataset was built',
  },
  oneClass: {
    status: 422,
    means: 'All rows have the same class, so there is nothing to tell apart',
    remedy: 'Take a longer range of rows, or correct how the target is computed',
  },
  tooManyClasses: {
    status: 422,
    means: 'The target has more classes than a classifier is made for',
    remedy: 'Group the rare classes, or frame the task as a regression',
  },
  badTarget: {
    status: 422,
    means: 'A target is not a finite number',
    remedy: 'Filter such rows out in the dataset, or add a check on the target column',
  },
  badWeights: {
    status: 422,
    means: 'The weights of the rows cannot be used',
    remedy: 'Give every row a finite weight of zero or more, and at least one row more than zero',
  },
  noTimestamp: {
    status: 422,
    means: 'A seasonal baseline has no moment to tell the season by',
    remedy: "Add a timestamp column to the inputs, and name it as parameter 'input' where there are several",
  },
  ruleSyntax: {
    status: 422,
    means: 'The SQL of a rule does not parse',
    remedy: 'Correct it there: a rule is one expression, and a column named like a word of SQL stands in double quotes',
  },
  ruleColumn: {
    status: 422,
    means: 'A rule reads a column that is not an input of the model',
    remedy: 'Correct the name, or add the column to the inputs',
  },
  ruleUnsupported: {
    status: 422,
    means: 'A rule uses SQL that cannot be put into a model file',
    remedy: 'Say it with what the message lists, or compute it as a column of the dataset',
  },
  ruleType: {
    status: 422,
    means: 'A part of a rule has the wrong type of value',
    remedy: 'Cast it, or compare values of one type',
  },
  ruleResult: {
    status: 422,
    means: 'A rule gives another kind of value than its task needs',
    remedy:
      'Give a condition or probability (binary), the name of a class (binary, multiclass), or a number (regression)',
  },
  cancelled: {
    status: 499,
    means: 'Training was stopped before it ended',
    remedy: 'Start it again when wanted; nothing was kept of it',
  },
  programsOff: {
    status: 403,
    means: 'A candidate is trained by a program, and the server runs none',
    remedy: 'Start the server with MILLRACE_TRAINER_PROGRAMS=on, or remove the candidate',
  },
  programChanged: {
    status: 409,
    means: 'A file of a program that trains is not the one that the system was applied with',
    remedy: "Apply the system again with 'millrace apply'",
  },
  noPython: {
    status: 424,
    means: 'A candidate is trained with Python, and this machine has none that can make virtual environments',
    remedy: 'Install Python 3 with venv (Debian: apt-get install python3-venv), or name another by MILLRACE_PYTHON',
  },
  noEnvironment: {
    status: 424,
    means: "An environment of Python with the candidate's packages could not be made",
    remedy:
      'Correct the requirements, or let pip reach its index: name its variables in MILLRACE_TRAINER_ENVIRONMENT, such as HTTPS_PROXY,PIP_INDEX_URL',
  },
  programFailed: {
    status: 422,
    means: 'The program that trains a candidate could not be started, or ended with an error',
    remedy: 'Correct what its last lines say; all of them stand in the artifact train.log of its run',
  },
  overtime: {
    status: 422,
    means: 'The program that trains a candidate took longer than it may',
    remedy: "Raise 'timeout' of the candidate, or let the program heed MILLRACE_DEADLINE",
  },
  noModel: {
    status: 422,
    means: 'The program that trains a candidate left no model',
    remedy: 'Write the ONNX file to model.onnx in the folder that MILLRACE_OUTPUT names',
  },
  badOutput: {
    status: 422,
    means: 'What a program left in its output folder cannot be used',
    remedy: 'Correct the file that the message names; links and files outside of the folder are not read',
  },
  badModel: {
    status: 422,
    means: 'The model that a program left does not fit the dataset',
    remedy: 'Export it with one input for each column, or one matrix of them, and one output of floats',
  },
  badAnswers: {
    status: 422,
    means: 'The model that a program left does not answer with finite numbers or probabilities',
    remedy:
      'Let the graph handle missing values, end in a softmax or sigmoid, and take any number of rows (a dynamic first dimension)',
  },
  outOfMemory: {
    status: 507,
    means: 'Training needed more memory than there is',
    remedy: 'Train on fewer rows or columns, lower the parameters that grow the model, or use a larger machine',
  },
  threadDied: {
    status: 500,
    means: 'The training thread ended without an answer',
    remedy: 'Try again; if it ends again, report the message with the kind of model and its parameters',
  },
})
