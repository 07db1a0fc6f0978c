import type { Workflow as StoredWorkflow } from 'openworkflow'
import { isFailure, messageOf, type Log } from '#platform'
import { carry, revive, toStored, type CarriedFailure } from './carried-failure.ts'
import type { AnyWorkflow, WorkflowContext } from './define-workflow.ts'
import { fail } from './failures.ts'
import type { RunId } from './schema.ts'

/** What a step left in the work store: its answer, or the failure that is its answer. */
type StepAnswer = { readonly value: unknown } | { readonly failure: CarriedFailure }

/**
 * The form of a workflow that the work store runs.
 * @param options.signalOf aborts when the run is cancelled or the process stops
 */
export function executable(
  workflow: AnyWorkflow,
  options: { readonly signalOf: (run: RunId) => AbortSignal; readonly log: Log },
): StoredWorkflow<unknown, unknown, unknown> {
  const { name, version, retry } = workflow
  const retryPolicy = {
    initialInterval: `${retry.firstMs}ms`,
    maximumInterval: `${retry.maxMs}ms`,
    maximumAttempts: retry.attempts,
    backoffCoefficient: 2,
  } as const
  return {
    spec: { name, version },
    fn: async ({ input, step, run }) => {
      const runId = run.id as RunId
      const signal = options.signalOf(runId)
      // What parks or ends a run is thrown through the workflow; one that catches it must not go on.
      let parked: { readonly by: unknown } | undefined
      const guard = async <T>(work: () => Promise<T>): Promise<T> => {
        if (parked) throw parked.by
        try {
          return await work()
        } catch (error) {
          parked = { by: error }
          throw error
        }
      }
      const context: WorkflowContext<unknown> = {
        input,
        runId,
        nowMs: run.createdAt.getTime(),
        sleep: (ms) => guard(() => step.sleep('sleep', `${Math.max(0, Math.ceil(ms))}ms`)),
        step: async <Output>(stepName: string, work: (step: { signal: AbortSignal }) => Promise<Output>) => {
          const answer = await guard(() => step.run({ name: stepName, retryPolicy }, () => attempt(work, signal)))
          if ('failure' in answer) throw revive(answer.failure)
          return answer.value as Output
        },
      }
      try {
        const output: unknown = await workflow.run(context)
        if (parked) throw parked.by
        return output
      } catch (error) {
        if (parked) throw parked.by
        options.log.error({ err: error, workflow: name, run: runId }, 'workflow failed')
        throw toStored(error)
      }
    },
  }
}

/** One try of a step. What it throws is tried again; a failure that no retry can help is its answer. */
async function attempt(
  work: (step: { signal: AbortSignal }) => Promise<unknown>,
  signal: AbortSignal,
): Promise<StepAnswer> {
  try {
    return { value: (await work({ signal })) ?? null }
  } catch (error) {
    if (signal.aborted) throw error
    if (isFailure(error)) {
      if (error.retry) throw toStored(error)
      return { failure: carry(error) }
    }
    // The error of a program does not go away; the error of a disk or a network can.
    if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
      return { failure: carry(fail('runFailed', `Cannot finish a step: ${messageOf(error)}`, { cause: error })) }
    }
    throw error
  }
}
