import type { Backend, WorkflowRun } from 'openworkflow/internal'

/**
 * Sets free the runs that some worker took and this process does not hold: those of a dead one. They go on at once
 * instead of when their lease ends. Only for the holder of the worker's lock, since no other worker lives then.
 */
export async function freeAbandonedRuns(backend: Backend, held: ReadonlySet<string>): Promise<void> {
  for (const run of await takenRuns(backend)) {
    const { id: workflowRunId, workerId } = run
    if (workerId === null || held.has(workflowRunId)) continue
    await backend.sleepWorkflowRun({ workflowRunId, workerId, availableAt: run.updatedAt })
  }
}

async function takenRuns(backend: Backend): Promise<readonly WorkflowRun[]> {
  const runs: WorkflowRun[] = []
  let after: string | undefined
  do {
    const page = await backend.listWorkflowRuns({ status: 'running', limit: 1000, ...(after ? { after } : {}) })
    runs.push(...page.data)
    after = page.pagination.next ?? undefined
  } while (after !== undefined)
  return runs
}
