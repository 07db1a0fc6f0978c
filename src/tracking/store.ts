import type { Kysely } from 'kysely'
import type { Database } from '#platform'
import type { MetricPoint, RunStatus } from './schema.ts'

/** A run as it is stored; parameters, metrics and artifacts stand in tables of their own. */
export interface RunRow {
  id: string
  run_key: string
  experiment: string
  system: string
  name: string
  kind: string
  status: RunStatus
  attempt: number
  system_hash: string
  data_hash: string
  commit_hash: string | null
  dirty: number
  seed: number
  environment: string
  facts: string
  started_at_ms: number
  finished_at_ms: number | null
  failure: string | null
  owner: string
}

type Tables = {
  tracking_experiments: { id: string; system: string; created_at_ms: number }
  tracking_runs: RunRow
  tracking_params: { run_id: string; name: string; value: string }
  tracking_metrics: { run_id: string; name: string; step: number; value: number; at_ms: number }
  tracking_artifacts: { run_id: string; path: string; digest: string; at_ms: number }
}

/** Tracking's tables, within a transaction or outside. */
export type Tracking = Kysely<Tables>

const open = (database: Database): Tracking => database.withTables<Tables>()

/** Runs several statements as one. */
export const together = <T>(database: Database, work: (tables: Tracking) => Promise<T>): Promise<T> =>
  open(database).transaction().execute(work)

/** The experiment of a system; `make` gives it where there is none. */
export async function ensureExperiment(tables: Tracking, make: Tables['tracking_experiments']): Promise<string> {
  await tables
    .insertInto('tracking_experiments')
    .values(make)
    .onConflict((conflict) => conflict.column('system').doNothing())
    .execute()
  const query = tables.selectFrom('tracking_experiments').select('id').where('system', '=', make.system)
  return (await query.executeTakeFirstOrThrow()).id
}

export const allExperiments = (database: Database) =>
  open(database).selectFrom('tracking_experiments').selectAll().orderBy('system').execute()

export const insertRun = (tables: Tracking, row: RunRow) => tables.insertInto('tracking_runs').values(row).execute()

export const updateRun = (tables: Tracking, id: string, change: Partial<RunRow>) =>
  tables.updateTable('tracking_runs').set(change).where('id', '=', id).execute()

export const runByKey = (tables: Tracking, key: string): Promise<RunRow | undefined> =>
  tables.selectFrom('tracking_runs').selectAll().where('run_key', '=', key).executeTakeFirst()

export const runById = (tables: Tracking, id: string): Promise<RunRow | undefined> =>
  tables.selectFrom('tracking_runs').selectAll().where('id', '=', id).executeTakeFirst()

/** Runs that match, the newest first. */
export function findRuns(
  database: Database,
  filter: {
    readonly id?: string | undefined
    readonly system?: string | undefined
    readonly status?: RunStatus | undefined
    readonly name?: string | undefined
    readonly systemHash?: string | undefined
    readonly dataHash?: string | undefined
    readonly beforeMs?: number | undefined
    readonly limit: number
  },
): Promise<RunRow[]> {
  let query = open(database).selectFrom('tracking_runs').selectAll()
  if (filter.id !== undefined) query = query.where('id', '=', filter.id)
  if (filter.system !== undefined) query = query.where('system', '=', filter.system)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.name !== undefined) query = query.where('name', '=', filter.name)
  if (filter.systemHash !== undefined) query = query.where('system_hash', '=', filter.systemHash)
  if (filter.dataHash !== undefined) query = query.where('data_hash', '=', filter.dataHash)
  if (filter.beforeMs !== undefined) query = query.where('started_at_ms', '<', filter.beforeMs)
  return query.orderBy('started_at_ms', 'desc').orderBy('id', 'desc').limit(filter.limit).execute()
}

/** Parameters, the newest value of each metric, and artifacts of some runs. */
export async function detailsOf(database: Database, ids: readonly string[]) {
  if (ids.length === 0) return { params: [], metrics: [], artifacts: [] }
  const tables = open(database)
  const newest = tables
    .selectFrom('tracking_metrics')
    .select(({ fn }) => ['run_id', 'name', fn.max('step').as('step')])
    .where('run_id', 'in', ids)
    .groupBy(['run_id', 'name'])
    .as('newest')
  return {
    params: await tables.selectFrom('tracking_params').selectAll().where('run_id', 'in', ids).orderBy('name').execute(),
    metrics: await tables
      .selectFrom('tracking_metrics as metric')
      .innerJoin(newest, (join) =>
        join
          .onRef('newest.run_id', '=', 'metric.run_id')
          .onRef('newest.name', '=', 'metric.name')
          .onRef('newest.step', '=', 'metric.step'),
      )
      .select(['metric.run_id', 'metric.name', 'metric.value'])
      .orderBy('metric.name')
      .execute(),
    artifacts: await tables
      .selectFrom('tracking_artifacts')
      .selectAll()
      .where('run_id', 'in', ids)
      .orderBy('path')
      .execute(),
  }
}

export const paramsOf = (tables: Tracking, runId: string) =>
  tables.selectFrom('tracking_params').select(['name', 'value']).where('run_id', '=', runId).execute()

export const insertParams = (tables: Tracking, rows: readonly Tables['tracking_params'][]) =>
  tables.insertInto('tracking_params').values(rows).execute()

/** Writes points; one at the same step takes the place of the one before. */
export async function putMetrics(tables: Tracking, rows: readonly Tables['tracking_metrics'][]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsPerStatement)
    await tables
      .insertInto('tracking_metrics')
      .values(rows.slice(from, from + rowsPerStatement))
      .onConflict((conflict) =>
        conflict.columns(['run_id', 'name', 'step']).doUpdateSet((excluded) => ({
          value: excluded.ref('excluded.value'),
          at_ms: excluded.ref('excluded.at_ms'),
        })),
      )
      .execute()
}

/** SQLite takes 32,766 values a statement, five to a row. */
const rowsPerStatement = 5000

export const putArtifact = (tables: Tracking, row: Tables['tracking_artifacts']) =>
  tables
    .insertInto('tracking_artifacts')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['run_id', 'path']).doUpdateSet((excluded) => ({
        digest: excluded.ref('excluded.digest'),
        at_ms: excluded.ref('excluded.at_ms'),
      })),
    )
    .execute()

/** All points of one metric, by step. */
export async function pointsOf(database: Database, runId: string, name: string): Promise<MetricPoint[]> {
  const rows = await open(database)
    .selectFrom('tracking_metrics')
    .select(['step', 'value', 'at_ms'])
    .where('run_id', '=', runId)
    .where('name', '=', name)
    .orderBy('step')
    .execute()
  return rows.map(({ step, value, at_ms }) => ({ step, value, atMs: at_ms }))
}
