import type { Digest, EpochMs, Id } from '#platform'

export type RunId = Id<'run'>
export type ExperimentId = Id<'experiment'>

/** Whether something was deleted; what was can be restored. */
export type LifecycleState = 'active' | 'deleted'

/** Runs that belong together: those of one system, or what others put there. */
export interface Experiment {
  /** A whole number as text; '0' is the default experiment. */
  readonly id: ExperimentId
  readonly name: string
  /** Name of the system whose runs it holds; null where others fill it. */
  readonly system: string | null
  readonly createdAtMs: EpochMs
}

export type RunStatus = 'running' | 'scheduled' | 'finished' | 'failed' | 'cancelled'

/** A logged model is pending until its client has put its files where they belong. */
export type LoggedModelStatus = 'pending' | 'ready' | 'failed'

/** What the registry needs to know of a logged model. */
export interface LoggedModel {
  readonly id: string
  /** Id of the run that made it; empty where none did. */
  readonly runId: string
  readonly status: LoggedModelStatus
  /** Where its files are. */
  readonly artifactUri: string
}

/** A value of a parameter or fact. */
export type Scalar = string | number | boolean

/** The machine and programs that a run ran on. */
export interface Environment {
  readonly node: string
  readonly millrace: string
  readonly onnxruntime: string
  /** Operating system and processor, such as 'linux-x64'. */
  readonly platform: string
  readonly cores: number
}

/** Bytes that a run made, in the blob store. */
export interface Artifact {
  readonly path: string
  readonly digest: Digest
  readonly atMs: EpochMs
}

/** One value of a metric. */
export interface MetricPoint {
  readonly step: number
  readonly value: number
  readonly atMs: EpochMs
}

/** One training or evaluation with all that it depended on and gave. */
export interface Run {
  readonly id: RunId
  readonly experiment: ExperimentId
  readonly system: string
  /** What makes it the same run when a killed workflow runs again. */
  readonly key: string
  /** Name of the candidate. */
  readonly name: string
  /** The candidate's trainer. */
  readonly kind: string
  readonly status: RunStatus
  /** 1, and one more each time it was begun again after its process had died. */
  readonly attempt: number
  readonly systemHash: string
  readonly dataHash: string
  readonly commit: string | null
  readonly dirty: boolean
  readonly seed: number
  readonly environment: Environment
  readonly params: Readonly<Record<string, Scalar>>
  /** The newest value of each metric. */
  readonly metrics: Readonly<Record<string, number>>
  readonly artifacts: readonly Artifact[]
  /** What the trainer found worth saying: rounds, final loss. */
  readonly facts: Readonly<Record<string, Scalar>>
  readonly startedAtMs: EpochMs
  readonly finishedAtMs: EpochMs | null
  /** Why it failed; null unless it did. */
  readonly failure: { readonly code: string | null; readonly message: string } | null
}
