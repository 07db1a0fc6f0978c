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
