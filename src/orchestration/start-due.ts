import { isTerminal } from './run-view.ts'
import type { Schedule } from './schedule.ts'
import { nextDue } from './schedule.ts'
import type { RunId } from './schema.ts'
import { readSchedules, writeSchedule, type StoredSchedule } from './store.ts'
import type { WorkStore } from './work-store.ts'
import type { AnyWorkflow } from './define-workflow.ts'
import type { EpochMs } from '#platform'

/**
 * Starts the runs of the schedules that are due. A schedule whose last run is still at work waits for its end; the
 * moments that it misses by that, or while no worker is up, are caught up by one run.
 *
 * The run is started under the key of its due moment before the next one is written, so that a crash between the two
 * neither loses a run nor starts one twice.
 */
export async function startDue(
  store: WorkStore,
  options: {
    readonly schedules: ReadonlyMap<string, Schedule>
    readonly nowMs: EpochMs
    readonly start: (workflow: AnyWorkflow, input: unknown, key: string) => Promise<RunId>
  },
): Promise<void> {
  for (const stored of await readSchedules(store.database)) {
    const schedule = options.schedules.get(stored.name)
    if (!schedule || stored.nextDueMs > options.nowMs || (await isAtWork(store, stored))) continue
    const due = stored.nextDueMs
    const lastRun = await options.start(schedule.workflow, schedule.input(due), `schedule/${stored.name}/${due}`)
    await writeSchedule(store.database, {
      ...stored,
      lastRun,
      nextDueMs: nextDue(due, stored.everyMs, options.nowMs),
    })
  }
}

/** Keeps a schedule; one that is known keeps its due moment, unless its period has become shorter than the wait. */
export async function keepSchedule(store: WorkStore, schedule: Schedule, nowMs: EpochMs): Promise<void> {
  const known = (await readSchedules(store.database)).find(({ name }) => name === schedule.name)
  await writeSchedule(store.database, {
    name: schedule.name,
    everyMs: schedule.everyMs,
    nextDueMs: known ? Math.min(known.nextDueMs, nowMs + schedule.everyMs) : (schedule.firstMs ?? nowMs),
    lastRun: known?.lastRun ?? null,
  })
}

async function isAtWork(store: WorkStore, { lastRun }: StoredSchedule): Promise<boolean> {
  const run = lastRun === null ? null : await store.backend.getWorkflowRun({ workflowRunId: lastRun })
  return run !== null && !isTerminal(run)
}
