import type { EpochMs, Id, Json } from '#platform'

export type RunId = Id<'workflow-run'>

/**
 * Where a run stands: `waiting` for a worker or for its next try, at work in a step, asleep until a moment, or at an end.
 */
export type RunState = 'waiting' | 'working' | 'sleeping' | 'done' | 'failed' | 'cancelled'

/** What ended a run, or its last try. */
export interface RunError {
  /** `component/code` of a failure, or the name of an unforeseen error. */
  readonly code: string
  readonly message: string
}

/** One execution of a workflow, from its start to its end, over any number of processes. */
export interface WorkflowRun {
  readonly id: RunId
  readonly workflow: string
  readonly version: string
  readonly key: string
  readonly state: RunState
  readonly input: Json
  /** What it returned; null until it is done. */
  readonly output: Json
  readonly error: RunError | null
  readonly startedMs: EpochMs
  readonly finishedMs: EpochMs | null
}

/** One attempt at a step of a run. */
export interface StepAttempt {
  readonly name: string
  readonly state: 'working' | 'done' | 'failed'
  readonly error: RunError | null
  readonly startedMs: EpochMs
  readonly finishedMs: EpochMs | null
}

/** A run with the steps it has taken, in order. */
export interface WorkflowRunDetail extends WorkflowRun {
  readonly steps: readonly StepAttempt[]
}

/** Names a run; its output has type `Output`. */
export interface RunHandle<Output = Json> {
  readonly id: RunId
  readonly workflow: string
  /** Never set: carries the type of the output. */
  readonly output?: Output
}
