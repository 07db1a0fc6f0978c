import type { Kysely } from 'kysely'
import type { Database } from '#platform'
import type { LifecycleState, LoggedModelStatus, RunStatus } from '../schema.ts'

/** When something was deleted, null where it was not. What is being collected has a state that no view shows: 'collected'. */
export interface Deletion {
  deleted_at_ms?: number | null | undefined
}

export interface ExperimentRow extends Deletion {
  /** 0 is the default experiment, which every store has. */
  number: number
  name: string
  artifact_location: string
  state: LifecycleState
  created_at_ms: number
  updated_at_ms: number
  /** The system whose runs it holds; null for one of others. */
  system: string | null
  /** The project that it belongs to, with its runs, logged models and artifacts. */
  project: string
}

/** A run of anybody; parameters, metrics, tags and artifacts stand in tables of their own. */
export interface RunRow extends Deletion {
  number: number
  id: string
  experiment: number
  name: string
  user_name: string
  status: RunStatus
  state: LifecycleState
  started_at_ms: number
  finished_at_ms: number | null
}

/** What is known of a run that a system made. */
export interface OriginRow {
  run: number
  run_key: string
  kind: string
  attempt: number
  system_hash: string
  data_hash: string
  commit_hash: string | null
  dirty: number
  seed: number
  environment: string
  facts: string
  failure: string | null
  owner: string
}

/** A value of a metric; NaN is stored as 0, and infinities as the largest numbers, as MLflow does. */
export interface MetricRow {
  run: number
  metric: number
  at_ms: number
  step: number
  value: number
  is_nan: number
}

export interface ParamRow {
  run: number
  name: string
  value: string
  /** What the text stands for where it is no text. */
  type: 'number' | 'boolean' | null
}

export interface TagRow {
  run: number
  name: string
  value: string
}

/** A dataset that runs name; its source, schema and profile are texts of whoever logged it. */
export interface DatasetRow {
  number: number
  experiment: number
  name: string
  digest: string
  source_type: string
  source: string
  schema: string | null
  profile: string | null
}

/** That a run used a dataset; name and digest stand here too, since runs are found by them. */
export interface InputRow {
  run: number
  dataset: number
  name: string
  digest: string
  /** What it was used for, such as 'train'. */
  context: string | null
  /** A JSON list of `{ key, value }`. */
  tags: string
}

/** That a run used a logged model, or made it. */
export interface ModelLinkRow {
  run: number
  direction: 'input' | 'output'
  model_id: string
  step: number
}

/** A file that a client put into the store, or a folder that holds one. */
export interface FileRow {
  /** Path of the folder that it stands in; empty for the topmost. */
  folder: string
  name: string
  /** Its bytes in the blob store; null for a folder. */
  digest: string | null
  size_bytes: number | null
  at_ms: number
}

/** A file that a client sends in parts. */
export interface UploadRow {
  /** Nobody can guess it. */
  id: string
  project: string
  /** Where the file is to stand. */
  path: string
  part_count: number
  state: 'open' | 'complete'
  /** When its time is over. */
  until_ms: number
}

/** A part that has come. */
export interface UploadPartRow {
  upload: string
  /** Counted from 1. */
  part: number
  /** Name of the file that it stands in until the upload is complete. */
  file: string
  digest: string
  size_bytes: number
}

/** A model that a client logs: where its files are, and how far it has come. */
export interface LoggedModelRow extends Deletion {
  number: number
  id: string
  experiment: number
  name: string
  artifact_location: string
  status: LoggedModelStatus
  state: LifecycleState
  /** What its client calls the kind of it; empty where it says nothing. */
  model_type: string
  /** Id of the run that made it; empty where none did. */
  source_run: string
  created_at_ms: number
  updated_at_ms: number
}

/** A value of a metric of a logged model; name and digest of the dataset are empty where it was on none. */
export interface ModelMetricRow extends MetricRow {
  model: number
  dataset_name: string
  dataset_digest: string
}

/** That a run was brought in from elsewhere, and all of it. */
export interface ImportRow {
  run: number
  /** What tells one state of the run there from another. */
  print: string
  at_ms: number
}

export type Tables = {
  tracking_experiments: ExperimentRow
  tracking_experiment_tags: { experiment: number; name: string; value: string }
  tracking_runs: RunRow
  tracking_origins: OriginRow
  tracking_keys: { number: number; name: string }
  tracking_params: ParamRow
  tracking_tags: TagRow
  tracking_metrics: MetricRow
  tracking_latest: MetricRow & { experiment: number }
  tracking_datasets: DatasetRow
  tracking_inputs: InputRow
  tracking_model_links: ModelLinkRow
  tracking_files: FileRow
  tracking_uploads: UploadRow
  tracking_upload_parts: UploadPartRow
  tracking_logged_models: LoggedModelRow
  tracking_logged_model_tags: { model: number; name: string; value: string }
  tracking_logged_model_params: { model: number; name: string; value: string }
  tracking_logged_model_metrics: ModelMetricRow
  tracking_imports: ImportRow
  tracking_artifacts: { run: number; path: string; digest: string; at_ms: number }
}

/** Tracking's tables, within a transaction or outside. */
export type Tracking = Kysely<Tables>

export const open = (database: Database): Tracking => database.withTables<Tables>()

/** Runs several statements as one. */
export const together = <T>(database: Database, work: (tables: Tracking) => Promise<T>): Promise<T> =>
  open(database).transaction().execute(work)
