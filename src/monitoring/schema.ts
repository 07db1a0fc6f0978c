import type { Estimate, Interval, Primary } from '#evaluation'
import type { EpochMs, Json } from '#platform'
import type { MonitorSpec } from '#system'

export type DriftMethod = MonitorSpec['drift']['method']

/** How much a finding or a signal matters. */
export type SignalSeverity = 'info' | 'warn' | 'critical'

/** Something about a column that a distance between histograms can hide, in plain words. */
export interface DriftFinding {
  /**
   * `nulls`: the share of rows without a value changed. `unseen-values`: values that the reference does not have.
   * `out-of-range`: values below its least or above its greatest. `vanished`: the column is gone.
   */
  readonly kind: 'nulls' | 'unseen-values' | 'out-of-range' | 'vanished'
  /** `info` where it is certain but small; from `warn` up the column counts as drifted. */
  readonly severity: SignalSeverity
  readonly statement: string
  readonly facts: Readonly<Record<string, number | null>>
}

/** How far one column has moved from the reference. */
export interface ColumnDrift {
  readonly column: string
  readonly method: DriftMethod
  /** Distance between the two histograms; null where one of them has no rows. */
  readonly statistic: number | null
  /** What the statistic would be on average, and in all but one of 1,000 windows, had nothing changed. */
  readonly expected: number
  readonly noise: number
  /** The statistic less what sampling alone accounts for; this is held against the threshold. */
  readonly excess: number
  readonly threshold: number
  /** excess ≥ threshold and statistic > noise, or a finding of severity `warn` or more. */
  readonly drifted: boolean
  readonly findings: readonly DriftFinding[]
  readonly referenceRows: number
  readonly currentRows: number
}

/** What predictions turned out to be worth, on the rows whose outcomes are known. */
export interface RealisedPerformance {
  readonly rows: number
  /** Money per `framing.per` rows; null without a cost. */
  readonly costPer: Estimate | null
  readonly metrics: Readonly<Record<string, Estimate>>
}

/** All that is known about the predictions of one version in one span of time. Plain JSON. */
export interface WindowReport {
  readonly system: string
  readonly versionId: string
  readonly startMs: EpochMs
  /** Half-open: predictions of [startMs, endMs). */
  readonly endMs: EpochMs
  readonly rows: number
  /** Furthest first. */
  readonly drift: readonly ColumnDrift[]
  /** Drift of what the model answers; null where it was not profiled. */
  readonly predictionDrift: ColumnDrift | null
  /** Share of the rows whose outcome is known, 0-1. */
  readonly knownShare: number
  /** Null until outcomes arrive. */
  readonly realised: RealisedPerformance | null
  /** The primary metric as the evaluation of the version promised it, and the money it promised. */
  readonly expected: Primary | null
  readonly expectedCostPer: Interval | null
  readonly signals: readonly Signal[]
}

/** A judgement on one window. Plain JSON. */
export interface Signal {
  /** `drift`: inputs or answers moved. `decay`: the model earns less than promised. Others are raised by other parts. */
  readonly kind: 'drift' | 'decay' | 'service' | 'quality' | 'value'
  readonly system: string
  readonly versionId: string
  readonly startMs: EpochMs
  readonly endMs: EpochMs
  readonly severity: SignalSeverity
  /** One sentence, in plain words. */
  readonly statement: string
  /** The numbers and the thresholds that they were held against. */
  readonly evidence: Readonly<Record<string, Json>>
}

/** A signal in the store. */
export interface RaisedSignal extends Signal {
  readonly id: string
  readonly raisedAtMs: EpochMs
}
