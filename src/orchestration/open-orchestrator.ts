import { join } from 'node:path'
import type { Workspace } from '#platform'
import type { AnyWorkflow, Workflow } from './define-workflow.ts'
import { fail } from './failures.ts'
import { runView, stepViews } from './run-view.ts'
import type { Schedule } from './schedule.ts'
import type { RunHandle, RunId, RunState, WorkflowRun, WorkflowRunDetail } from './schema.ts'
import { keepSchedule } from './start-due.ts'
import { startRun } from './start-run.ts'
import { readSchedules, removeSchedule, stepOrder, type StoredSchedule } from './store.ts'
import { waitForRun, type WaitOptions } from './wait-for-run.ts'
import { openWorkStore } from './work-store.ts'
import { startWorker } from './worker.ts'

/** Which runs are wanted; the latest 100 where a field is absent. */
export interface RunFilter {
  readonly workflow?: string
  readonly state?: RunState
  readonly limit?: number
}

export interface OrchestratorOptions {
  readonly schedules?: readonly Schedule[]
  /** Whether this process does the work, as soon as no other one does; it does where absent. */
  readonly worker?: boolean
  /** Runs that are worked at side by side, at most; 2 where absent. */
  readonly concurrency?: number
}

/** Durable work on the embedded store: what is started comes to its end, over any number of crashes. */
export interface Orchestrator {
  /** Starts a run, or returns the one that was started with the same workflow and key, however long ago. */
  start<Input, Output>(
    workflow: Workflow<Input, Output>,
    input: Input,
    options: { readonly key: string },
  ): Promise<RunHandle<Output>>
  /**
   * What a run returned; waits for its end.
   * @throws {Failure} that of the run itself, `orchestration/runCancelled`, `orchestration/notFinished`
   */
  result<Output>(run: RunHandle<Output>, options?: WaitOptions): Promise<Output>
  /** @throws {Failure} `orchestration/unknownRun` */
  status(run: RunId): Promise<WorkflowRunDetail>
  /** Runs, the latest first. */
  list(filter?: RunFilter): Promise<readonly WorkflowRun[]>
  /** Ends a run before its time; one that has ended stays as it is. */
  cancel(run: RunId): Promise<void>
  /** Adds a schedule, or changes the one of the same name. */
  schedule(schedule: Schedule): Promise<void>
  unschedule(name: string): Promise<void>
  schedules(): Promise<readonly StoredSchedule[]>
  /** Whether this process is the one that does the work. */
  isWorking(): boolean
  /** Lets the steps at work finish, at most `graceMs` (10 s where absent); what is cut short is done again later. */
  stop(options?: { readonly graceMs?: number }): Promise<void>
}

/**
 * Opens the work of a workspace. Several processes may; one of them, the first, works, and another takes over within a
 * second when it ends, at the step where it was cut short.
 * @param workflows every workflow that may be started or is under way, older versions included
 */
export async function openOrchestrator(
  workspace: Workspace,
  workflows: readonly AnyWorkflow[],
  options: OrchestratorOptions = {},
): Promise<Orchestrator> {
  const store = await openWorkStore(workspace)
  const { backend, database } = store
  const schedules = new Map<string, Schedule>()
  const start = async (workflow: AnyWorkflow, input: unknown, key: string): Promise<RunId> => {
    if (!workflows.includes(workflow))
      throw fail('unknownWorkflow', `Cannot start workflow '${workflow.name}': it is not among those of this process`)
    const run = await startRun(store, workflow, { input, key })
    worker?.wake()
    return run
  }
  const keep = async (schedule: Schedule): Promise<void> => {
    schedules.set(schedule.name, schedule)
    await keepSchedule(store, schedule, workspace.clock.now())
    worker?.wake()
  }
  const worker =
    options.worker === false
      ? undefined
      : startWorker(workspace, {
          store,
          workflows,
          schedules,
          start,
          lockPath: join(workspace.folder, 'work.lock'),
          concurrency: options.concurrency ?? 2,
        })
  for (const schedule of options.schedules ?? []) await keep(schedule)
  const find = async (id: RunId) => {
    const run = await backend.getWorkflowRun({ workflowRunId: id })
    if (!run) throw fail('unknownRun', `Cannot find run '${id}': there is none`)
    return run
  }
  return {
    start: async (workflow, input, { key }) => ({
      id: await start(workflow, input, key),
      workflow: workflow.name,
    }),
    result: async <Output>(run: RunHandle<Output>, wait?: WaitOptions) =>
      (await waitForRun(backend, run.id, wait)) as Output,
    status: async (id) => {
      const run = await find(id)
      const steps = await backend.listStepAttempts({ workflowRunId: id, limit: 1000 })
      const order = await stepOrder(database, id)
      return { ...runView(run, workspace.clock.now()), steps: stepViews(steps.data, order) }
    },
    list: async ({ workflow, state, limit = 100 } = {}) => {
      const page = await backend.listWorkflowRuns({
        limit: state === undefined ? limit : 1000,
        ...(workflow === undefined ? {} : { workflowName: workflow }),
      })
      const runs = page.data.map((run) => runView(run, workspace.clock.now()))
      return runs.filter((run) => state === undefined || run.state === state).slice(0, limit)
    },
    cancel: async (id) => {
      const run = await find(id)
      if (!['pending', 'running', 'sleeping'].includes(run.status)) return
      await backend.cancelWorkflowRun({ workflowRunId: id })
      worker?.abort(id)
    },
    schedule: keep,
    unschedule: async (name) => {
      schedules.delete(name)
      await removeSchedule(database, name)
    },
    schedules: () => readSchedules(database),
    isWorking: () => worker?.isWorking() ?? false,
    stop: async ({ graceMs = 10_000 } = {}) => {
      await worker?.stop(graceMs)
      await store.close()
    },
  }
}
