import type { Arm } from '#deployment'
import type { EpochMs, Id, Json } from '#platform'

export type PredictionId = Id<'prediction'>

/** One answered prediction as the log keeps it. */
export interface LoggedPrediction {
  readonly id: PredictionId
  readonly atMs: EpochMs
  readonly versionId: string
  /** The release under way when it was made; null when there was none. */
  readonly releaseId: string | null
  readonly arm: Arm
  /** The caller's own name for the request, if it gave one. */
  readonly requestId: string | null
  /** What the prediction is about, as {@link entityKey} writes it; null for a system without an entity. */
  readonly entityKey: string | null
  /** What the model saw: its inputs by name; moments are epoch milliseconds. */
  readonly inputs: { readonly [name: string]: Json }
  /** The most probable class; null for a regression. */
  readonly label: string | null
  /** Binary: of the positive class. Multiclass: of the label. Null for a regression. */
  readonly probability: number | null
  /** The most probable classes with their probabilities; null except for multiclass. */
  readonly probabilities: { readonly [label: string]: number } | null
  /** The predicted number; null for a classifier. */
  readonly value: number | null
  /** The class that the prediction means, by threshold and cost; null for a regression. */
  readonly decision: string | null
  readonly threshold: number | null
  /** Code of what went wrong, for a version that failed; null for an answer. */
  readonly error: string | null
}

/** A file of the prediction log: a segment that grows line by line, or a Parquet file that never changes. */
export interface LogPart {
  readonly system: string
  /** Path below the folder of the log. */
  readonly name: string
  readonly kind: 'segment' | 'parquet'
  /** `obsolete` parts were merged into another and wait to be removed. */
  readonly state: 'open' | 'sealed' | 'obsolete' | 'removed'
  /** Writer of a segment; null for Parquet. */
  readonly writer: string | null
  readonly rows: number
  /** Moments of its first and last prediction; null while it grows. */
  readonly fromMs: EpochMs | null
  readonly toMs: EpochMs | null
  /** Least and greatest id; null while it grows. */
  readonly firstId: string | null
  readonly lastId: string | null
  readonly changedMs: EpochMs
}
