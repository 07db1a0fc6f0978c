import { defineFailures } from '#platform'

/** Makes the errors of building, reading, splitting and asking for datasets. */
export const fail = defineFailures('dataset', {
  badSql: {
    status: 422,
    means: 'The SQL of the dataset does not parse, or names something that is not there',
    remedy: 'Correct the SQL at the place the message shows',
  },
  notOneSelect: {
    status: 422,
    means: 'The SQL of the dataset is not one SELECT statement',
    remedy: 'Write one SELECT; earlier steps can stand in its WITH clause',
  },
  unknownTable: {
    status: 422,
    means: 'The SQL of the dataset reads a table that is not one of the sources of the system',
    remedy: 'Name a source of the system file, or add the source',
  },
  unreadableSource: {
    status: 422,
    means: 'The rows of a source could not be read',
    remedy: 'Check that the files of the source are there and whole, then pull it again',
  },
  readsFiles: {
    status: 422,
    means: 'The SQL of the dataset reads files or other tables by itself, past the snapshots of the sources',
    remedy: 'Declare the file as a source of the system and name that source in the SQL',
  },
  sqlFailed: {
    status: 422,
    means: 'The SQL of the dataset stopped at a value while it ran',
    remedy: 'Guard the expression, for example with try_cast, or add a check that keeps such rows out',
  },
  unknownColumn: {
    status: 422,
    means: 'The system file names a column that the SQL of the dataset does not give',
    remedy: 'Correct the name, or select the column in the SQL',
  },
  duplicateColumn: {
    status: 422,
    means: 'Two columns of the dataset have the same name',
    remedy: 'Give one of them another name with AS',
  },
  reservedColumn: {
    status: 422,
    means: 'A column has a name that Millrace uses itself',
    remedy: 'Give the column another name with AS',
  },
  badType: {
    status: 422,
    means: 'A column holds a type that its use cannot take',
    remedy: 'Cast the column in the SQL, or leave it out of the inputs',
  },
  noInputs: {
    status: 422,
    means: 'The dataset has no column that a model could learn from',
    remedy: 'Select at least one column beside target, time and weight',
  },
  targetIsInput: {
    status: 422,
    means: 'The target is listed among the inputs, so a model would read the answer',
    remedy: 'Take the target out of dataset.inputs',
  },
  historyNeedsTime: {
    status: 422,
    means: 'The dataset has point-in-time columns, but the framing names no time',
    remedy: 'Set framing.time to the column with the moment of prediction',
  },
  emptyDataset: {
    status: 422,
    means: 'The SQL of the dataset gives no row',
    remedy: 'Check the conditions of the SQL and that the sources hold rows',
  },
  noTarget: {
    status: 422,
    means: 'The target is null in every row, so there is nothing to learn from',
    remedy: 'Check the expression of the target, and that outcomes have arrived',
  },
  oneClass: {
    status: 422,
    means: 'Every row has the same class, so there is nothing to tell apart',
    remedy: 'Check the expression of the target, or take in rows of another class',
  },
  badClasses: {
    status: 422,
    means: 'The classes of the target do not fit the task',
    remedy: 'For a binary task give a boolean, 0 and 1, or two texts of which framing.positive names one',
  },
  badWeight: {
    status: 422,
    means: 'A row has no weight or a negative one',
    remedy: 'Make the weight a number of 0 or more in every row',
  },
  noTime: {
    status: 422,
    means: 'A span of time was asked of a dataset that has no time column',
    remedy: 'Set framing.time in the system file, or choose another kind of split',
  },
  emptySplit: {
    status: 422,
    means: 'A split leaves no row to train on or none to test on',
    remedy: 'Take in more rows, or make the holdout shorter',
  },
  noRequest: {
    status: 422,
    means: 'A prediction was asked for no row',
    remedy: 'Send at least one row',
  },
  unknownField: {
    status: 422,
    means: 'A row to predict has a column that the system does not know',
    remedy: 'Correct the name, or leave the column out',
  },
  missingField: {
    status: 422,
    means: 'A row to predict lacks a column that its inputs are made from',
    remedy: 'Send the column; where its value is not known send null',
  },
  wrongFieldType: {
    status: 422,
    means: 'A row to predict has a value of the wrong type',
    remedy: 'Send a value of the type that the message names, or null where it is not known',
  },
  requestFailed: {
    status: 422,
    means: 'The SQL of the dataset could not be run over the rows to predict',
    remedy: 'Correct the value that the message shows',
  },
  closedPlan: {
    status: 409,
    means: 'Rows were sent to a request plan that is closed',
    remedy: 'Open the plan again',
  },
})
