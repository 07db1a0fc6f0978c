import type { EpochMs, Id, Json } from '#platform'
import type { ReleaseSpec } from '#system'

export type ReleaseId = Id<'release'>

/** Which of two versions answers: the one that serves, or the one that wants to. */
export type Arm = 'champion' | 'challenger'

export type ReleaseState = 'running' | 'promoted' | 'rolled-back' | 'superseded'

/** One change of a release, with what it rested on. */
export interface Transition {
  readonly atMs: EpochMs
  readonly action: 'start' | 'advance' | 'promote' | 'rollback' | 'supersede'
  /** Step and share of traffic after it. */
  readonly step: number
  readonly share: number
  readonly why: string
  readonly actor: string
  /** The decision in the log of governance. */
  readonly decisionId: string
}

/** Moving the traffic of a system to a version. */
export interface Release {
  readonly id: ReleaseId
  readonly system: string
  readonly versionId: string
  /** The champion that it wants to replace; null for the first version of a system. */
  readonly previousVersionId: string | null
  readonly strategy: ReleaseSpec
  /** Place in the strategy's steps, from 0. */
  readonly step: number
  /** Share of the traffic that goes to the version now, in [0, 1]. */
  readonly share: number
  readonly state: ReleaseState
  readonly startedMs: EpochMs
  readonly stepStartedMs: EpochMs
  readonly finishedMs: EpochMs | null
  readonly history: readonly Transition[]
}

/** What one arm of a release did with the traffic that it got. */
export interface ArmEvidence {
  /** Predictions asked of it. */
  readonly rows: number
  /** Of these, those whose outcome is known. */
  readonly known: number
  /** Realised cost per prediction over the known ones; null where the system has no costs or nothing is known. */
  readonly costPer: number | null
  /** 95 % interval of `costPer`. */
  readonly low: number | null
  readonly high: number | null
  /** Predictions that it failed to make. */
  readonly errors: number
}

/** What a release is judged by, since it began. */
export interface ReleaseEvidence {
  readonly challenger: ArmEvidence
  readonly champion: ArmEvidence
}

/** What is to be done with a release, why, and the figures behind it. */
export interface ReleaseVerdict {
  readonly action: 'hold' | 'advance' | 'promote' | 'rollback'
  /** One sentence. */
  readonly why: string
  readonly facts: { readonly [name: string]: Json }
}

/** What serves a system. */
export interface Endpoint {
  readonly system: string
  readonly championVersionId: string
  /** Release that made it champion. */
  readonly championReleaseId: ReleaseId
  readonly sinceMs: EpochMs
}

/** Where requests to a system go now. */
export interface TrafficRoute {
  readonly endpoint: Endpoint
  /** The release under way, if one is. */
  readonly release: Release | null
}
