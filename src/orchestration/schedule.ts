import type { EpochMs } from '#platform'
import type { AnyWorkflow } from './define-workflow.ts'

/** Work that is started again and again. */
export interface Schedule {
  /** Names it for ever: its next due moment is kept under this name. */
  readonly name: string
  readonly workflow: AnyWorkflow
  readonly everyMs: number
  /** When it is due for the first time; now where absent. */
  readonly firstMs?: EpochMs
  /** The input of the run that is due at a moment. */
  input(dueMs: EpochMs): unknown
}

/**
 * The first moment after `nowMs` on the grid of a schedule: what was missed while no worker was up is done once, not
 * once for each time.
 */
export function nextDue(dueMs: EpochMs, everyMs: number, nowMs: EpochMs): EpochMs {
  const missed = Math.floor(Math.max(0, nowMs - dueMs) / everyMs)
  return dueMs + (missed + 1) * everyMs
}
