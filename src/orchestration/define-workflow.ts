import type { EpochMs } from '#platform'
import type { RunId } from './schema.ts'

/** What a workflow works with. Everything that it does to the world stands in a step. */
export interface WorkflowContext<Input> {
  readonly input: Input
  readonly runId: RunId
  /** When the run was started; the same however often it is replayed. */
  readonly nowMs: EpochMs
  /**
   * Does one piece of work once: its answer is stored (as JSON), and a replay after a crash returns it without running
   * it again. A step that was cut short runs again from its start, so what it writes must be keyed.
   *
   * A failure that a retry can help, and an error of the world outside, is tried again with a growing pause. Any other
   * failure is thrown into the workflow, as the step's answer for ever.
   *
   * @param name unique within the run, except in loops, where the place in the order tells equal names apart
   * @param run its `signal` aborts when the run is cancelled or the process stops
   */
  readonly step: <Output>(
    name: string,
    run: (step: { readonly signal: AbortSignal }) => Promise<Output>,
  ) => Promise<Output>
  /** Lets time pass; the run goes on after a crash or restart as soon as the moment has come. */
  readonly sleep: (ms: number) => Promise<void>
}

/** How a step that failed is tried again: after `firstMs`, then twice as long each time, at most `maxMs`. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstMs: number
  readonly maxMs: number
}

/** Durable work by name: a function that is replayed from its steps' stored answers after every interruption. */
export interface Workflow<Input, Output> {
  readonly name: string
  readonly version: string
  readonly retry: RetryPolicy
  run(context: WorkflowContext<Input>): Promise<Output>
}

/** Any workflow, whatever it takes and gives. */
// oxlint-disable-next-line typescript/no-explicit-any -- a table holds workflows of every input; `unknown` would accept none
export type AnyWorkflow = Workflow<any, any>

/**
 * Defines a workflow. Its function must do the same steps in the same order for the same input and the same answers of
 * its steps; where that changes, so must `version`, since runs under way are replayed by the version they began with.
 */
export function defineWorkflow<Input, Output>(
  as: { readonly name: string; readonly version: string; readonly retry?: Partial<RetryPolicy> },
  run: (context: WorkflowContext<Input>) => Promise<Output>,
): Workflow<Input, Output> {
  return { name: as.name, version: as.version, retry: { ...defaultRetry, ...as.retry }, run }
}

const defaultRetry: RetryPolicy = { attempts: 5, firstMs: 1000, maxMs: 60_000 }
