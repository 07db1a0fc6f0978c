/**
 * Orchestration: durable workflows, schedules and retries on the embedded store; knows no component. It keeps them in
 * `work.sqlite`, a file of its own: the tables of OpenWorkflow and `orchestration_schedules`. Emits no events.
 *
 * Invariants: a run that was started comes to its end, at the step where it was cut short; one process at a time works;
 * a run has one key for ever; what a schedule missed is caught up once.
 */
export type * from './schema.ts'
export { defineWorkflow } from './define-workflow.ts'
export type { AnyWorkflow, RetryPolicy, Workflow, WorkflowContext } from './define-workflow.ts'
export { openOrchestrator } from './open-orchestrator.ts'
export type { Orchestrator, OrchestratorOptions, RunFilter } from './open-orchestrator.ts'
export { stepDigests } from './step-digests.ts'
export type { Schedule } from './schedule.ts'
export type { StoredSchedule } from './store.ts'
export type { WaitOptions } from './wait-for-run.ts'
