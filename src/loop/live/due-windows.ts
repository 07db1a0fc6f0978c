import { durationMs, type EpochMs, type Workspace } from '#platform'
import { predictionRelation } from '#serving'
import type { SystemVersion } from '#system'
import { windowReports } from '#monitoring'
import type { WindowSpan } from '../conclude-window.ts'

/** Windows are looked at again while outcomes may still come, this many back. */
const lookBack = 30
/** A turn has a thousand steps at most, one for each window among them. */
const mostAtOnce = 500

/**
 * Windows with predictions whose outcomes have had their time to come, oldest first: those never concluded, and those of
 * the last thirty whose outcomes are not all known. Where a long time was missed, the rest waits for the turns that follow.
 */
export async function dueWindows(
  workspace: Workspace,
  { system, nowMs }: { readonly system: SystemVersion; readonly nowMs: EpochMs },
): Promise<readonly WindowSpan[]> {
  const { framing, monitor } = system.spec
  const windowMs = durationMs(monitor.window)
  const untilMs = Math.floor((nowMs - durationMs(framing.outcomeAfter)) / windowMs) * windowMs
  const relation = await predictionRelation(workspace, { system: system.system, toMs: untilMs })
  const rows = await workspace.lake.rows<{ start_ms: number }>(
    `select distinct floor(at_ms / ${windowMs}) * ${windowMs} as start_ms from ${relation} as p order by 1`,
  )
  const complete = new Set(
    (await windowReports(workspace, { system: system.system }))
      .filter((report) => report.knownShare === 1 || report.startMs < untilMs - lookBack * windowMs)
      .map((report) => report.startMs),
  )
  return rows
    .map((row) => ({ startMs: row.start_ms, endMs: row.start_ms + windowMs }))
    .filter((window) => !complete.has(window.startMs))
    .slice(0, mostAtOnce)
}
