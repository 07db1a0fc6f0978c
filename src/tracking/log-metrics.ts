import type { EpochMs, Workspace } from '#platform'
import { holdName, holdValue } from './hold-value.ts'
import { heldRun } from './runs.ts'
import { addMetrics, latestOf, removeStep } from './store/metrics.ts'
import { together, type Tracking } from './store/tables.ts'

/** Values of metrics at one step of a run. */
export interface MetricsEntry {
  readonly runId: string
  readonly metrics: Readonly<Record<string, number>>
  /** Round, epoch or the like; 0 where there is only one value. 'last' is after all that was logged by these names. */
  readonly step?: number | 'last'
  /** The clock's now where absent. */
  readonly atMs?: EpochMs
}

/**
 * Records metrics of a run, all or none; a value at a step that has one takes its place.
 * @throws {Failure} `tracking/unknownRun`, `tracking/badValue`
 */
export function logMetrics(workspace: Workspace, entry: MetricsEntry): Promise<void> {
  const { runId, metrics, atMs = workspace.clock.now() } = entry
  return together(workspace.database, async (tables) => {
    const held = await heldRun(tables, runId)
    const step = entry.step === 'last' ? await nextStep(tables, held.number, Object.keys(metrics)) : (entry.step ?? 0)
    const points = Object.entries(metrics).map(([name, value]) => {
      holdName('metric', name)
      holdValue('metric', name, value)
      return { name, step, value, atMs }
    })
    await removeStep(tables, held.number, { names: Object.keys(metrics), step })
    await addMetrics(tables, held, points)
  })
}

/** The step after the last of some metrics; 0 where there is none. */
async function nextStep(tables: Tracking, run: number, names: readonly string[]): Promise<number> {
  const latest = (await latestOf(tables, [run])).filter(({ name }) => names.includes(name))
  return latest.reduce((next, { step }) => Math.max(next, step + 1), 0)
}
