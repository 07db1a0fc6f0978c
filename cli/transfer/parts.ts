import type { components } from '#sdk'

type Schemas = components['schemas']
export type GivenExperiment = Schemas['GivenExperimentInput']
export type GivenRun = Schemas['GivenRunInput']
export type GivenLoggedModel = Schemas['GivenLoggedModelInput']
export type GivenModel = Schemas['GivenModelInput']
export type MetricHistory = Schemas['MetricHistoryInput']

/** A file of a run or logged model where it comes from. */
export interface SourceFile {
  readonly path: string
  /** Null where nobody says it. */
  readonly sizeBytes: number | null
  /** SHA-256 of its bytes; null where nobody says it. */
  readonly digest: string | null
  open(): Promise<AsyncIterable<Uint8Array>>
}

/** A run where it comes from. Its parts are read when they are asked for, histories first. */
export interface RunParts {
  readonly run: GivenRun
  /** What tells this state of the run from another. */
  readonly print: string
  /** Values of its metrics, some thousands at a time. */
  histories(): AsyncIterable<readonly MetricHistory[]>
  files(): AsyncIterable<SourceFile>
  /** Why its files stay where they are; null where they come along. */
  readonly filesStay: string | null
}

/** A logged model where it comes from. */
export interface LoggedModelParts {
  readonly model: GivenLoggedModel
  files(): AsyncIterable<SourceFile>
  readonly filesStay: string | null
}

/** An experiment where it comes from: a folder, or another server. */
export interface ExperimentSource {
  readonly experiment: GivenExperiment
  /** What addresses of its artifacts begin with there. */
  readonly artifactLocation: string
  /** Whether a run belongs to it. */
  holdsRun(id: string): Promise<boolean>
  runs(): AsyncIterable<RunParts>
  loggedModels(): AsyncIterable<LoggedModelParts>
}
