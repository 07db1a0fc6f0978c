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
})
