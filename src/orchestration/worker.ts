import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'openworkflow'
import { takeLock, type Lock, type Workspace } from '#platform'
import type { AnyWorkflow } from './define-workflow.ts'
import { executable } from './execute-workflow.ts'
import { freeAbandonedRuns } from './free-abandoned-runs.ts'
import type { Schedule } from './schedule.ts'
import type { RunId } from './schema.ts'
import { startDue } from './start-due.ts'
import type { WorkStore } from './work-store.ts'
import { workerBackend, type WorkerHold } from './worker-backend.ts'

/** The part of an orchestrator that does the work. */
export interface RunningWorker {
  /** Looks for work now instead of at the next turn. */
  wake(): void
  /** Tells the step at work in a run to end. */
  abort(run: RunId): void
  isWorking(): boolean
  stop(graceMs: number): Promise<void>
}

export interface WorkerOptions {
  readonly store: WorkStore
  readonly workflows: readonly AnyWorkflow[]
  readonly schedules: ReadonlyMap<string, Schedule>
  readonly start: (workflow: AnyWorkflow, input: unknown, key: string) => Promise<RunId>
  readonly lockPath: string
  readonly concurrency: number
}

/** Starts to work, now or as soon as the process that does the work ends. */
export function startWorker(workspace: Workspace, options: WorkerOptions): RunningWorker {
  const { store } = options
  const { log, clock } = workspace
  const hold: WorkerHold = { runs: new Set(), closed: false }
  const aborts = new Map<string, AbortController>()
  const signalOf = (run: RunId): AbortSignal => {
    const abort = new AbortController()
    aborts.set(run, abort)
    return abort.signal
  }
  const worker = new Worker({
    backend: workerBackend(store.backend, hold),
    workflows: options.workflows.map((workflow) => executable(workflow, { signalOf, log })),
    concurrency: options.concurrency,
  })
  let lock: Lock | undefined
  const stopping = new AbortController()
  let waking = new AbortController()
  const turn = async (): Promise<void> => {
    lock ??= takeLock(options.lockPath)
    if (!lock) return
    for (const run of aborts.keys()) if (!hold.runs.has(run)) aborts.delete(run)
    await freeAbandonedRuns(store.backend, hold.runs)
    await startDue(store, { schedules: options.schedules, nowMs: clock.now(), start: options.start })
    while ((await worker.tick()) > 0 && !stopping.signal.aborted);
  }
  const turns = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await turn().catch((error: unknown) => log.error({ err: error }, 'look for work'))
      if (stopping.signal.aborted) break
      await pause(lock ? idleMs : takeOverMs, undefined, { signal: waking.signal }).catch(() => undefined)
      waking = new AbortController()
    }
  }
  const looking = turns()
  return {
    wake: () => waking.abort(),
    abort: (run) => aborts.get(run)?.abort(),
    isWorking: () => lock !== undefined,
    stop: async (graceMs) => {
      stopping.abort()
      waking.abort()
      await looking
      const drained = worker.stop()
      await Promise.race([drained, pause(graceMs, undefined, { ref: false })])
      hold.closed = true
      for (const abort of aborts.values()) abort.abort()
      await Promise.race([drained, pause(afterAbortMs, undefined, { ref: false })])
      if (lock) await freeAbandonedRuns(store.backend, new Set())
      lock?.release()
    },
  }
}

const idleMs = 200
const takeOverMs = 500
const afterAbortMs = 2000
