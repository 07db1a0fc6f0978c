import type { Backend } from 'openworkflow/internal'

/** What a worker of this process holds. */
export interface WorkerHold {
  /** Runs that this process works at. */
  readonly runs: Set<string>
  /** Once true, nothing that still runs may write. */
  closed: boolean
}

/**
 * The work store as one worker process sees it that holds the worker's lock, and so is the only one.
 *
 * A run is leased for good: a lease that ends while this process is busy would start the run a second time beside the
 * first. Leases of a process that died are ended by the next one that gets the lock. When the process stops, work that
 * is not done by then loses its right to write: its run looks as if it were someone else's.
 */
export function workerBackend(backend: Backend, hold: WorkerHold): Backend {
  const leaving = <Params extends { readonly workflowRunId: string }, T>(run: (params: Params) => Promise<T>) => {
    return async (params: Params): Promise<T> => {
      try {
        return await run(params)
      } finally {
        hold.runs.delete(params.workflowRunId)
      }
    }
  }
  const own: Partial<Backend> = {
    claimWorkflowRun: async (params) => {
      const run = await backend.claimWorkflowRun({ ...params, leaseDurationMs: leaseMs })
      if (run) hold.runs.add(run.id)
      return run
    },
    extendWorkflowRunLease: (params) => backend.extendWorkflowRunLease({ ...params, leaseDurationMs: leaseMs }),
    sleepWorkflowRun: leaving((params) => backend.sleepWorkflowRun(params)),
    completeWorkflowRun: leaving((params) => backend.completeWorkflowRun(params)),
    failWorkflowRun: leaving((params) => backend.failWorkflowRun(params)),
    rescheduleWorkflowRunAfterFailedStepAttempt: leaving((params) =>
      backend.rescheduleWorkflowRunAfterFailedStepAttempt(params),
    ),
  }
  return new Proxy(backend, {
    get: (_, name: keyof Backend) => {
      if (hold.closed) return () => answerWhenClosed(name)
      return own[name] ?? backend[name].bind(backend)
    },
  })
}

/** Ten years. */
const leaseMs = 315_360_000_000

/** A run that is not ours any more: OpenWorkflow then drops what it was about to write. */
function answerWhenClosed(name: keyof Backend): Promise<unknown> {
  if (name === 'getWorkflowRun') return Promise.resolve({ status: 'canceled', workerId: null })
  if (name === 'extendWorkflowRunLease' || name === 'claimWorkflowRun') return Promise.resolve(null)
  return Promise.reject(new Error('The worker of this process has stopped'))
}
