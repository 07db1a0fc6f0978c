import type { Kysely } from 'kysely'
import type { Database } from '#platform'

/** A model that a client registered. What was deleted keeps its row: its name is free, its facts are not lost. */
export interface RegisteredModelRow {
  number: number
  /** The project that it belongs to, with its versions. */
  project: string
  name: string
  state: 'active' | 'deleted'
  description: string
  created_at_ms: number
  updated_at_ms: number
}

/** Stages of MLflow's, as its clients write them. */
export const stages = ['None', 'Staging', 'Production', 'Archived'] as const

export type Stage = (typeof stages)[number]

/** A version is pending while its file is judged. */
export type VersionStatus = 'pending' | 'ready' | 'failed'

/** A version of a registered model; texts that nobody gave are empty. */
export interface ModelVersionRow {
  model: number
  version: number
  state: 'active' | 'deleted'
  stage: Stage
  description: string
  /** As its client gave it. */
  source: string
  /** Where its files are. */
  storage_location: string
  run_id: string
  run_link: string
  logged_model_id: string
  status: VersionStatus
  /** Why it failed, or where it answers. */
  status_message: string
  /** Names of the forms that it can be loaded as, between commas; empty where nobody knows. */
  flavors: string
  created_at_ms: number
  updated_at_ms: number
}

/** Where a version of a registered model serves. */
export interface ModelService {
  model: number
  version: number
  /** As a model file, or as a version of a system. */
  kind: 'file' | 'system'
  /** Name of the file or system. */
  name: string
  /** Version of the file, or number of the system's version. */
  number: number
}

type Tables = {
  registry_models: RegisteredModelRow
  registry_model_tags: { model: number; name: string; value: string }
  registry_model_versions: ModelVersionRow
  registry_model_version_tags: { model: number; version: number; name: string; value: string }
  registry_model_services: ModelService
  registry_model_aliases: { model: number; alias: string; version: number }
}

/** The tables of registered models, within a transaction or outside. */
export type Models = Kysely<Tables>

export const open = (database: Database): Models => database.withTables<Tables>()

/** Runs several statements as one; writers take turns. */
export const together = <T>(database: Database, work: (tables: Models) => Promise<T>): Promise<T> =>
  open(database).transaction().execute(work)

/** The store, within the transaction of these tables: for the parts that other components write with them. */
export const databaseOf = (tables: Models): Database => tables as unknown as Database
