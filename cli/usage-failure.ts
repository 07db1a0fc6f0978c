import { defineFailures } from '#platform'

/** Makes the command line's own expected errors. */
export const usageFailure = defineFailures('cli', {
  badRow: {
    status: 422,
    means: 'What was given as rows cannot be read',
    remedy: `Give a JSON object or a list of them, in quotes: '{"column": 1}'`,
  },
  unreadableFile: {
    status: 404,
    means: 'A file that a command was given is not there or cannot be read',
    remedy: 'Check the path and the rights of the file',
  },
  wontOverwrite: {
    status: 409,
    means: 'A file that would be written is there already',
    remedy: 'Move it away, or name another one with --out',
  },
  whichFile: {
    status: 422,
    means: 'It is not clear which data file is meant',
    remedy: "Name it: 'millrace init orders.csv'",
  },
  stillRunning: {
    status: 409,
    means: 'A server has this store open',
    remedy: 'Stop it first, or let the command go through it',
  },
  noServer: {
    status: 409,
    means: 'No server has this store open, and the command needs one',
    remedy: "Start one: 'millrace up'",
  },
  notLoaded: {
    status: 422,
    means: 'The server did not take the model file',
    remedy: 'Mend what the message says, then load it again',
  },
  runFailed: {
    status: 422,
    means: 'The loop ended without a result',
    remedy: 'Mend what the message says, then run again: what is done stays done',
  },
  notAnExport: {
    status: 422,
    means: 'A folder is no export of an experiment, or not a finished one',
    remedy: "Name a folder that 'millrace runs export' has written; where it was interrupted, run that again",
  },
  otherFormat: {
    status: 422,
    means: 'An export has a version of the format that this Millrace does not read',
    remedy: 'Read it with the Millrace that wrote it, or a newer one',
  },
  damagedExport: {
    status: 422,
    means: 'A file of an export is missing, or its bytes are not those that were exported',
    remedy: 'Copy the folder again from where it was written, or export the experiment again',
  },
  connectionLost: {
    status: 503,
    means: 'A server went away in the middle of a longer work',
    remedy: 'Run the same command again once the server is back: it goes on where it was',
    retry: true,
  },
  unreachable: {
    status: 503,
    means: 'Nothing answers at the address of the server that is read from',
    remedy: 'Check host and port, that the server runs, and that this machine may connect to it',
  },
  sourceRefused: {
    status: 422,
    means: 'The server that is read from did not answer as one of MLflow does',
    remedy: 'Check its address and, where it asks for one, the token',
  },
  nothingFound: {
    status: 404,
    means: 'What a command was to look at is not there',
    remedy:
      "List what is there: 'millrace runs list', 'millrace runs experiments', 'millrace models list' or 'millrace versions list'",
  },
  notStored: {
    status: 422,
    means: 'The server did not take a file that is brought in',
    remedy: 'Mend what the message says; the rest is brought in without it',
  },
})
