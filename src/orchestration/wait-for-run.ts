import { setTimeout as pause } from 'node:timers/promises'
import type { Backend } from 'openworkflow/internal'
import { storedFailure } from './carried-failure.ts'
import { fail } from './failures.ts'
import type { RunId } from './schema.ts'

/** How long to wait for a run. */
export interface WaitOptions {
  /** Without end where absent. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * Waits for a run to end, whichever process works at it.
 * @returns what it returned
 * @throws {Failure} that of the run itself, `orchestration/runCancelled`, `orchestration/notFinished`
 */
export async function waitForRun(backend: Backend, id: RunId, options: WaitOptions = {}): Promise<unknown> {
  let waitedMs = 0
  let pauseMs = 10
  for (;;) {
    options.signal?.throwIfAborted()
    const run = await backend.getWorkflowRun({ workflowRunId: id })
    if (!run) throw fail('unknownRun', `Cannot wait for run '${id}': there is none`)
    if (run.status === 'completed' || run.status === 'succeeded') return run.output
    if (run.status === 'failed') throw storedFailure(run.error, run.workflowName)
    if (run.status === 'canceled') throw fail('runCancelled', `Cannot finish run '${id}': it was cancelled`)
    if (options.timeoutMs !== undefined && waitedMs >= options.timeoutMs)
      throw fail('notFinished', `Cannot return what run '${id}' gives: it is still at work after ${waitedMs} ms`)
    await pause(pauseMs)
    waitedMs += pauseMs
    pauseMs = Math.min(200, pauseMs * 2)
  }
}
