import type { EpochMs, Workspace } from '#platform'
import { holdName, holdValue } from './hold-value.ts'
import { heldRun } from './runs.ts'
import { addMetrics, removeStep } from './store/metrics.ts'
import { together } from './store/tables.ts'

/** Values of metrics at one step of a run. */
export interface MetricsEntry {
  readonly runId: string
  readonly metrics: Readonly<Record<string, number>>
  /** Round, epoch or the like; 0 where there is only one value. */
  readonly step?: number
  /** The clock's now where absent. */
  readonly atMs?: EpochMs
}

/**
 * Records metrics of a run, all or none; a value at a step that has one takes its place.
 * @throws {Failure} `tracking/unknownRun`, `tracking/badValue`
 */
export function logMetrics(workspace: Workspace, entry: MetricsEntry): Promise<void> {
  const { runId, metrics, step = 0, atMs = workspace.clock.now() } = entry
  return together(workspace.database, async (tables) => {
    const held = await heldRun(tables, runId)
    const points = Object.entries(metrics).map(([name, value]) => {
      holdName('metric', name)
      holdValue('metric', name, value)
      return { name, step, value, atMs }
    })
    await removeStep(tables, held.number, { names: Object.keys(metrics), step })
    await addMetrics(tables, held, points)
  })
}
