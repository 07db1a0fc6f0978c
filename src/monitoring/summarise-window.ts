import type { Evaluation } from '#evaluation'
import type { EpochMs } from '#platform'
import type { ColumnProfile } from '#quality'
import type { MonitorSpec } from '#system'
import { driftOf } from './drift/drift-of.ts'
import { judgeWindow } from './judge-window.ts'
import type { RealisedPerformance, WindowReport } from './schema.ts'

export interface SummariseOptions {
  readonly system: string
  readonly versionId: string
  readonly startMs: EpochMs
  readonly endMs: EpochMs
  /** Predictions of the window. */
  readonly rows: number
  /** Profiles of the model's inputs: of the rows that it learned from or was judged on. */
  readonly reference: readonly ColumnProfile[]
  /** Profiles of the same columns in the window, with the same binnings; a column that is missing here has vanished. */
  readonly current: readonly ColumnProfile[]
  /** Profiles of what the model answers, then and now. */
  readonly prediction?: { readonly reference: ColumnProfile; readonly current: ColumnProfile } | null | undefined
  /** Predictions of the window whose outcome is known. */
  readonly known: number
  readonly realised: RealisedPerformance | null
  /** What was promised of the version. */
  readonly evaluation: Evaluation | null
  readonly monitor: MonitorSpec
  /** Reports of earlier windows; those of other versions are passed over. */
  readonly history: readonly WindowReport[]
}

/**
 * All that is known about the predictions of one version in one window, judged. A pure function; called again when more
 * outcomes have arrived.
 *
 * @throws {Failure} `monitoring/binsDiffer`
 */
export function summariseWindow(options: SummariseOptions): WindowReport {
  const { system, versionId, startMs, endMs, rows, prediction, known, evaluation, monitor, history } = options
  const current = new Map(options.current.map((profile) => [profile.column, profile]))
  const drift =
    rows === 0 ? [] : options.reference.map((profile) => driftOf(profile, current.get(profile.column) ?? null, monitor))
  const window: WindowReport = {
    system,
    versionId,
    startMs,
    endMs,
    rows,
    drift: drift.sort((a, b) => Number(b.drifted) - Number(a.drifted) || b.excess - a.excess),
    predictionDrift: prediction && rows > 0 ? driftOf(prediction.reference, prediction.current, monitor) : null,
    knownShare: rows > 0 ? known / rows : 0,
    realised: options.realised,
    expected: evaluation?.primary ?? null,
    expectedCostPer: evaluation?.metrics['expected-cost'] ?? null,
    signals: [],
  }
  return { ...window, signals: judgeWindow({ monitor, history, window }) }
}
