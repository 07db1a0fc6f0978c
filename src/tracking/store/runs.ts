import { listed, type Database } from '#platform'
import type { RunStatus } from '../schema.ts'
import { insertMany, lastOfEach, rowsOf } from './statements.ts'
import { open, type OriginRow, type ParamRow, type RunRow, type Tables, type TagRow, type Tracking } from './tables.ts'

/** A run that a system made. */
export type OwnRunRow = RunRow & OriginRow & { system: string }

/** @returns its number */
export async function insertRun(tables: Tracking, row: Omit<RunRow, 'number'>): Promise<number> {
  const made = await tables
    .insertInto('tracking_runs')
    .values(row as RunRow)
    .returning('number')
    .executeTakeFirstOrThrow()
  return made.number
}

export const insertOrigin = (tables: Tracking, row: OriginRow) =>
  tables.insertInto('tracking_origins').values(row).execute()

export const updateRun = (tables: Tracking, number: number, change: Partial<RunRow>) =>
  tables.updateTable('tracking_runs').set(change).where('number', '=', number).execute()

/** Deletes the runs of an experiment with it, at a moment, or restores all of them. */
export const setRunStates = (
  tables: Tracking,
  experiment: number,
  { state, atMs }: { readonly state: RunRow['state']; readonly atMs: number },
) =>
  tables
    .updateTable('tracking_runs')
    .set({ state, deleted_at_ms: state === 'deleted' ? atMs : null })
    .where('experiment', '=', experiment)
    .where('state', '=', state === 'deleted' ? 'active' : 'deleted')
    .execute()

export const updateOrigin = (tables: Tracking, run: number, change: Partial<OriginRow>) =>
  tables.updateTable('tracking_origins').set(change).where('run', '=', run).execute()

/** The run of an id, where it belongs to a project. */
export async function runById(
  tables: Tracking,
  { project, id }: { readonly project: string; readonly id: string },
): Promise<RunRow | undefined> {
  return (await rowsOf<RunRow>(tables, runInProject, [id, project]))[0]
}

const runInProject = `select run.* from tracking_runs as run
  join tracking_experiments as experiment on experiment.number = run.experiment
  where run.id = ? and experiment.project = ? and run.state <> 'collected'`

/** Whether any project has a run of an id: ids are given once in a store. */
export async function isRunIdTaken(tables: Tracking, id: string): Promise<boolean> {
  return (await rowsOf(tables, 'select 1 from tracking_runs where id = ?', [id])).length > 0
}

/** Whether a system made a run. */
export async function isOwnRun(tables: Tracking, number: number): Promise<boolean> {
  return (await rowsOf(tables, 'select 1 from tracking_origins where run = ?', [number])).length > 0
}

/** What is known of those of some runs that systems made, with the names of the systems. */
export const originsOf = (tables: Tracking, runs: readonly number[]) =>
  tables
    .selectFrom('tracking_origins as origin')
    .innerJoin('tracking_runs as run', 'run.number', 'origin.run')
    .innerJoin('tracking_experiments as experiment', 'experiment.number', 'run.experiment')
    .selectAll('origin')
    .select((eb) => eb.ref('experiment.system').$notNull().as('system'))
    .where('origin.run', 'in', listed(runs))
    .execute()

const ownRuns = (tables: Tracking) =>
  tables
    .selectFrom('tracking_runs as run')
    .innerJoin('tracking_origins as origin', 'origin.run', 'run.number')
    .innerJoin('tracking_experiments as experiment', 'experiment.number', 'run.experiment')
    .selectAll(['run', 'origin'])
    .select((eb) => eb.ref('experiment.system').$notNull().as('system'))

export const ownRunByKey = (tables: Tracking, key: string): Promise<OwnRunRow | undefined> =>
  ownRuns(tables).where('origin.run_key', '=', key).executeTakeFirst()

export const ownRunById = (tables: Tracking, id: string): Promise<OwnRunRow | undefined> =>
  ownRuns(tables).where('run.id', '=', id).executeTakeFirst()

/** Runs of systems that match, the newest first. */
export function findOwnRuns(
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
): Promise<OwnRunRow[]> {
  let query = ownRuns(open(database))
  if (filter.id !== undefined) query = query.where('run.id', '=', filter.id)
  if (filter.system !== undefined) query = query.where('experiment.system', '=', filter.system)
  if (filter.status !== undefined) query = query.where('run.status', '=', filter.status)
  if (filter.name !== undefined) query = query.where('run.name', '=', filter.name)
  if (filter.systemHash !== undefined) query = query.where('origin.system_hash', '=', filter.systemHash)
  if (filter.dataHash !== undefined) query = query.where('origin.data_hash', '=', filter.dataHash)
  if (filter.beforeMs !== undefined) query = query.where('run.started_at_ms', '<', filter.beforeMs)
  return query.orderBy('run.started_at_ms', 'desc').orderBy('run.id', 'desc').limit(filter.limit).execute()
}

export const paramsOf = (tables: Tracking, runs: readonly number[]): Promise<ParamRow[]> =>
  tables
    .selectFrom('tracking_params')
    .selectAll()
    .where('run', 'in', listed(runs))
    .orderBy('run')
    .orderBy('name')
    .execute()

export const tagsOf = (tables: Tracking, runs: readonly number[]): Promise<TagRow[]> =>
  tables
    .selectFrom('tracking_tags')
    .selectAll()
    .where('run', 'in', listed(runs))
    .orderBy('run')
    .orderBy('name')
    .execute()

export const artifactsOf = (tables: Tracking, runs: readonly number[]): Promise<Tables['tracking_artifacts'][]> =>
  tables
    .selectFrom('tracking_artifacts')
    .selectAll()
    .where('run', 'in', listed(runs))
    .orderBy('run')
    .orderBy('path')
    .execute()

/** Adds parameters; ones that are there stay. */
export const insertParams = (tables: Tracking, rows: readonly ParamRow[]): Promise<void> =>
  insertMany(tables, {
    into: 'tracking_params',
    columns: ['run', 'name', 'value', 'type'],
    rows: rows.map(({ run, name, value, type }) => [run, name, value, type]),
    conflict: 'do nothing',
  })

/** Sets tags; the last of a name counts. */
export const putTags = (tables: Tracking, rows: readonly TagRow[]): Promise<void> =>
  insertMany(tables, {
    into: 'tracking_tags',
    columns: ['run', 'name', 'value'],
    rows: lastOfEach(rows, ({ run, name }) => `${run} ${name}`).map(({ run, name, value }) => [run, name, value]),
    conflict: '(run, name) do update set value = excluded.value',
  })

/** @returns whether it was there */
export async function deleteTag(tables: Tracking, run: number, name: string): Promise<boolean> {
  const query = tables.deleteFrom('tracking_tags').where('run', '=', run).where('name', '=', name)
  return (await query.executeTakeFirst()).numDeletedRows > 0n
}

export const putArtifact = (tables: Tracking, row: Tables['tracking_artifacts']) =>
  tables
    .insertInto('tracking_artifacts')
    .values(row)
    .onConflict((conflict) => conflict.columns(['run', 'path']).doUpdateSet({ digest: row.digest, at_ms: row.at_ms }))
    .execute()
