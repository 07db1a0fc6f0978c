import { defaultProject } from '#governance'
import { listed, type Database } from '#platform'
import { open, type ExperimentRow, type RunRow, type Tracking } from './tables.ts'

/** Adds an experiment. @returns its number */
export async function insertExperiment(
  tables: Tracking,
  made: {
    readonly name: string
    readonly atMs: number
    readonly project: string
    readonly system?: string | undefined
    /** Where its artifacts are; in the store where absent. */
    readonly artifactLocation?: string | undefined
  },
): Promise<number> {
  const { name, atMs, project, system = null } = made
  const { last } = await tables
    .selectFrom('tracking_experiments')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirstOrThrow()
  const number = last + 1
  await tables
    .insertInto('tracking_experiments')
    .values({
      number,
      name,
      artifact_location: made.artifactLocation ?? `mlflow-artifacts:/${number}`,
      state: 'active',
      created_at_ms: atMs,
      updated_at_ms: atMs,
      system,
      project,
    })
    .execute()
  return number
}

/** The experiment of a system, in the default project; one of its name that others have filled becomes it. */
export async function ensureExperiment(tables: Tracking, system: string, atMs: number): Promise<number> {
  const query = tables.selectFrom('tracking_experiments').select('number')
  const own = await query.where('system', '=', system).executeTakeFirst()
  if (own) return own.number
  const named = await experimentByName(tables, { project: defaultProject, name: system })
  if (named?.state !== 'active' || named.system !== null)
    return insertExperiment(tables, { name: system, atMs, system, project: defaultProject })
  await updateExperiment(tables, named.number, { system })
  return named.number
}

export const allExperiments = (database: Database): Promise<ExperimentRow[]> =>
  open(database).selectFrom('tracking_experiments').selectAll().orderBy('name').execute()

export const experimentByNumber = (
  tables: Tracking,
  { project, number }: { readonly project: string; readonly number: number },
): Promise<ExperimentRow | undefined> =>
  tables
    .selectFrom('tracking_experiments')
    .selectAll()
    .where('number', '=', number)
    .where('project', '=', project)
    .where('state', 'in', ['active', 'deleted'])
    .executeTakeFirst()

/** Those of some experiments that belong to a project, by their numbers. */
export async function experimentsIn(
  tables: Tracking,
  { project, numbers }: { readonly project: string; readonly numbers: readonly number[] },
): Promise<readonly number[]> {
  if (numbers.length === 0) return []
  const query = tables.selectFrom('tracking_experiments').select('number').where('number', 'in', listed(numbers))
  return (await query.where('project', '=', project).execute()).map(({ number }) => number)
}

/** Experiments of a project, by name. */
export const experimentsOfProject = (tables: Tracking, project: string): Promise<ExperimentRow[]> =>
  tables.selectFrom('tracking_experiments').selectAll().where('project', '=', project).orderBy('name').execute()

/** The project of an experiment. */
export async function projectOfExperiment(tables: Tracking, number: number): Promise<string | undefined> {
  const query = tables.selectFrom('tracking_experiments').select('project').where('number', '=', number)
  return (await query.executeTakeFirst())?.project
}

/** The active one of a name in a project, or else the last one that was deleted: a name is free once it is. */
export const experimentByName = (
  tables: Tracking,
  { project, name }: { readonly project: string; readonly name: string },
): Promise<ExperimentRow | undefined> =>
  tables
    .selectFrom('tracking_experiments')
    .selectAll()
    .where('project', '=', project)
    .where('name', '=', name)
    .where('state', 'in', ['active', 'deleted'])
    .orderBy('state')
    .orderBy('number', 'desc')
    .executeTakeFirst()

export const updateExperiment = (tables: Tracking, number: number, change: Partial<ExperimentRow>) =>
  tables.updateTable('tracking_experiments').set(change).where('number', '=', number).execute()

export const setExperimentTag = (tables: Tracking, tag: { experiment: number; name: string; value: string }) =>
  tables
    .insertInto('tracking_experiment_tags')
    .values(tag)
    .onConflict((conflict) => conflict.columns(['experiment', 'name']).doUpdateSet({ value: tag.value }))
    .execute()

/** @returns whether it was there */
export async function deleteExperimentTag(tables: Tracking, experiment: number, name: string): Promise<boolean> {
  const query = tables.deleteFrom('tracking_experiment_tags').where('experiment', '=', experiment)
  return (await query.where('name', '=', name).executeTakeFirst()).numDeletedRows > 0n
}

export const experimentTags = (tables: Tracking, numbers: readonly number[]) =>
  tables
    .selectFrom('tracking_experiment_tags')
    .selectAll()
    .where('experiment', 'in', numbers)
    .orderBy('experiment')
    .orderBy('name')
    .execute()

/** The experiments of some runs, by their numbers. */
export async function experimentsOf(
  tables: Tracking,
  runs: readonly Pick<RunRow, 'experiment'>[],
): Promise<ReadonlyMap<number, ExperimentRow>> {
  const numbers = [...new Set(runs.map(({ experiment }) => experiment))]
  const query = tables.selectFrom('tracking_experiments').selectAll().where('number', 'in', listed(numbers))
  return new Map((await query.execute()).map((row) => [row.number, row]))
}
