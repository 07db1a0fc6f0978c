import { isFailure, messageOf, type Workspace } from '#platform'
import { heldRun, readRun } from './runs.ts'
import type { Run, RunStatus, Scalar } from './schema.ts'
import { updateOrigin, updateRun } from './store/runs.ts'
import { together } from './store/tables.ts'

/** How a run ended. */
export interface RunEnd {
  readonly runId: string
  readonly status: Exclude<RunStatus, 'running' | 'scheduled'>
  /** What the trainer found worth saying. */
  readonly facts?: Readonly<Record<string, Scalar>>
  /** What was thrown, where it failed or was cancelled. */
  readonly error?: unknown
}

/**
 * Ends a run. A finished or cancelled one stays as it is; a failed one can still be found to have finished, since a
 * process that was thought dead may come back.
 * @throws {Failure} `tracking/unknownRun`
 */
export async function finishRun(workspace: Workspace, end: RunEnd): Promise<Run> {
  await together(workspace.database, async (tables) => {
    const held = await heldRun(tables, end.runId)
    if (held.status === 'finished' || held.status === 'cancelled') return
    await updateRun(tables, held.number, { status: end.status, finished_at_ms: workspace.clock.now() })
    await updateOrigin(tables, held.number, {
      facts: JSON.stringify(end.facts ?? {}),
      failure: end.error === undefined ? null : JSON.stringify(failureOf(end.error)),
    })
  })
  return readRun(workspace, end.runId)
}

const failureOf = (error: unknown): Run['failure'] => ({
  code: isFailure(error) ? error.code : null,
  message: messageOf(error),
})
