import { defineFailures } from '#platform'

/** Errors of durable work. */
export const fail = defineFailures('orchestration', {
  unknownRun: {
    status: 404,
    means: 'No workflow run has that id',
    remedy: "List the runs with 'millrace status'",
  },
  unknownWorkflow: {
    status: 500,
    means: 'The program does not know the workflow that it was asked to run',
    remedy: 'Use the version of Millrace that started the run, or a newer one',
  },
  runFailed: {
    status: 500,
    means: 'A workflow ended with an error that it did not foresee',
    remedy: 'Look for the run id in the log of the worker, and report what stands there',
  },
  runCancelled: {
    status: 409,
    means: 'The workflow run was cancelled before it ended',
    remedy: 'Start it again with another key',
  },
  notFinished: {
    status: 504,
    retry: true,
    means: 'The workflow run was still at work when the wait for it ended',
    remedy: 'Wait longer, and see that a worker is up: the run itself goes on',
  },
})
