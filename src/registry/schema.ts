import type { Evaluation, GateResult } from '#evaluation'
import type { Partition, Signature } from '#model'
import type { Digest, EpochMs, Id } from '#platform'

export type VersionId = Id<'version'>

/** Registered and free to serve; refused; or laid aside. */
export type VersionState = 'registered' | 'rejected' | 'archived'

/** The names that a version may bear. */
export type Alias = 'champion' | 'challenger'

/** What a version was made of. */
export interface Lineage {
  /** Hash of the system version. */
  readonly systemHash: string
  readonly datasetId?: string | undefined
  readonly datasetDigest: Digest
  /** Snapshots that the dataset was built from. */
  readonly snapshots?: readonly string[] | undefined
  readonly runId: string
  readonly commit: string | null
  readonly dirty?: boolean | undefined
  /** Where it comes from, for one that a client registered. */
  readonly origin?: VersionOrigin | undefined
}

/** The version of a registered model that became a version of a system, and the client's run that made it. */
export interface VersionOrigin {
  readonly registeredModel: string
  readonly version: number
  /** Empty where none is known. */
  readonly runId: string
}

/** A registered model: one ONNX file, or one per segment, with what it takes, how good it is and where it comes from. */
export interface ModelVersion {
  readonly id: VersionId
  readonly system: string
  /** 1, 2, 3 … by system. */
  readonly number: number
  readonly runId: string
  /** Name of the candidate that became it. */
  readonly candidate: string
  /** The ONE file, preprocessing inside; the pooled model of a partitioned version. */
  readonly onnxDigest: Digest
  /** The models of its segments; null where one model answers for all. */
  readonly partition: Partition | null
  readonly signature: Signature
  readonly evaluation: Evaluation
  /** Probability from which a binary prediction is positive; null for other tasks. */
  readonly threshold: number | null
  readonly lineage: Lineage
  /** The gates it was held against; empty where none were recorded. */
  readonly gates: readonly GateResult[]
  readonly state: VersionState
  readonly registeredAtMs: EpochMs
}

/** One change of a version's state. */
export interface StateChange {
  readonly state: VersionState
  readonly atMs: EpochMs
  readonly actor: string
  readonly reason: string
}

/** One change of who bears a name. */
export interface AliasChange {
  readonly alias: Alias
  /** The version that bears it from then on; null when nobody does. */
  readonly versionId: VersionId | null
  readonly number: number | null
  /** The one that bore it before. */
  readonly fromNumber: number | null
  readonly atMs: EpochMs
  readonly actor: string
  readonly reason: string
}
