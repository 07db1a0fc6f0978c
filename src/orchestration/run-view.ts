import type { StepAttempt as StoredStep, WorkflowRun as StoredRun } from 'openworkflow/internal'
import type { EpochMs } from '#platform'
import { fromStored } from './carried-failure.ts'
import type { RunState, StepAttempt, WorkflowRun } from './schema.ts'

/** A run as the work store holds it, in our own words. */
export function runView(run: StoredRun, nowMs: EpochMs): WorkflowRun {
  const state = stateOf(run, nowMs)
  return {
    id: run.id,
    workflow: run.workflowName,
    version: run.version ?? '',
    key: run.idempotencyKey ?? '',
    state,
    input: run.input ?? null,
    output: run.output ?? null,
    error: state === 'done' ? null : fromStored(run.error),
    startedMs: run.createdAt.getTime(),
    finishedMs: run.finishedAt?.getTime() ?? null,
  }
}

/**
 * Steps in the order they were begun, without the run's sleeps.
 * @param order their ids in that order
 */
export function stepViews(steps: readonly StoredStep[], order: readonly string[]): readonly StepAttempt[] {
  const places = new Map(order.map((id, place) => [id, place]))
  const placeOf = ({ id }: StoredStep): number => places.get(id) ?? order.length
  return steps
    .filter((step) => step.kind === 'function')
    .toSorted((one, other) => placeOf(one) - placeOf(other))
    .map((step) => ({
      name: step.stepName,
      state: step.status === 'failed' ? 'failed' : step.status === 'running' ? 'working' : 'done',
      error: fromStored(step.error as { name?: string; message: string } | null),
      startedMs: step.createdAt.getTime(),
      finishedMs: step.finishedAt?.getTime() ?? null,
    }))
}

function stateOf(run: StoredRun, nowMs: EpochMs): RunState {
  if (run.status === 'running' || run.status === 'sleeping') {
    if (run.workerId !== null) return 'working'
    return run.availableAt && run.availableAt.getTime() > nowMs ? 'sleeping' : 'waiting'
  }
  return states[run.status]
}

const states = {
  pending: 'waiting',
  completed: 'done',
  succeeded: 'done',
  failed: 'failed',
  canceled: 'cancelled',
} as const

/** Whether a run has come to its end, good or bad. */
export function isTerminal(run: Pick<StoredRun, 'status'>): boolean {
  return !['pending', 'running', 'sleeping'].includes(run.status)
}
