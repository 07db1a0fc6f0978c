/** Money and rows of one way of deciding, over one span. */
export interface ArmSpan {
  readonly startMs: number
  /** Rows whose outcome became known. */
  readonly rows: number
  /** Their realised cost, in the currency of the framing. */
  readonly cost: number
  /** `cost` per the framing's `per` rows; null without rows. */
  readonly costPer: number | null
}

/** One way of deciding, followed through the whole rehearsal. */
export interface ArmReport {
  /** `nothing`, `rule`, `frozen` (trained once) or `loop`. */
  readonly name: string
  readonly about: string
  readonly weeks: readonly ArmSpan[]
  readonly total: ArmSpan
}

/** Anything that happened, in the order of the virtual clock. */
export interface TimelineEvent {
  readonly atMs: number
  readonly kind: 'trained' | 'choice' | 'gate' | 'release' | 'signal' | 'retrain' | 'quality'
  /** Version, release or window that it is about. */
  readonly subject: string
  /** What was ruled or found, one line. */
  readonly ruling: string
  readonly evidence: unknown
}

/** One window as monitoring saw it. */
export interface WindowLine {
  readonly startMs: number
  readonly rows: number
  readonly knownShare: number
  readonly costPer: number | null
  /** Metrics of the realised performance by name. */
  readonly metrics: Readonly<Record<string, number>>
  readonly driftedShare: number
  /** Inputs that drifted, furthest first, with how far. */
  readonly drifted: readonly { readonly column: string; readonly statistic: number }[]
  readonly predictionDrift: number | null
}

/** A model that was registered on the way. */
export interface VersionLine {
  readonly id: string
  readonly number: number
  readonly candidate: string
  readonly trainedAtMs: number
  readonly rows: number
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly low: number; readonly high: number }>>
  readonly threshold: number | null
  readonly outcome: string
}

/** What a rehearsal found: everything its tables, pages and comparisons read. Plain JSON, the same for the same seed. */
export interface RehearsalReport {
  readonly system: string
  readonly specHash: string
  readonly seed: number
  readonly startMs: number
  readonly endMs: number
  readonly rows: number
  readonly currency: string
  readonly per: number
  /** What one row is called: `flights`. */
  readonly unit: string
  readonly objective: ObjectiveLine
  /** Checks of the data that failed, one line each. */
  readonly findings: readonly string[]
  readonly arms: readonly ArmReport[]
  readonly windows: readonly WindowLine[]
  readonly versions: readonly VersionLine[]
  readonly timeline: readonly TimelineEvent[]
  readonly variants: readonly VariantLine[]
}

/** The objective against what the rehearsal measured. */
export interface ObjectiveLine {
  readonly statement: string
  readonly metric: string
  readonly target: number
  /** Relative change of the loop against doing nothing; null where no cost is declared. */
  readonly reached: number | null
  readonly met: boolean | null
}

/** One policy of a comparison (`--vary retrain.every=7d,28d,never`). */
export interface VariantLine {
  readonly setting: string
  readonly costPer: number | null
  readonly trainings: number
  readonly releases: number
  readonly rollbacks: number
}
