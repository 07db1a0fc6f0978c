import { sql } from 'kysely'
import { listed, type Database } from '#platform'
import { listIn } from '../list-in.ts'
import type { LoggedModel } from '../schema.ts'
import { insertMany, lastOfEach } from './statements.ts'
import { keyNumbers, measuredOf, metricRow, type Measured } from './metrics.ts'
import { open, type LoggedModelRow, type RunRow, type Tracking } from './tables.ts'

/** A value of a metric that a client says is of a logged model, measured on a dataset or on none. */
export interface ModelMeasured extends Measured {
  readonly modelId: string
  readonly datasetName: string
  readonly datasetDigest: string
}

/** A parameter or tag. */
export interface Named {
  readonly name: string
  readonly value: string
}

/** @returns its number */
export async function insertLoggedModel(tables: Tracking, row: Omit<LoggedModelRow, 'number'>): Promise<number> {
  const query = tables.insertInto('tracking_logged_models').values(row as LoggedModelRow)
  return (await query.returning('number').executeTakeFirstOrThrow()).number
}

export const updateLoggedModel = (tables: Tracking, number: number, change: Partial<LoggedModelRow>) =>
  tables.updateTable('tracking_logged_models').set(change).where('number', '=', number).execute()

/** The model of an id, be it deleted, where it belongs to a project. */
export const loggedModelById = (
  tables: Tracking,
  { project, id }: { readonly project: string; readonly id: string },
): Promise<LoggedModelRow | undefined> =>
  tables
    .selectFrom('tracking_logged_models as model')
    .innerJoin('tracking_experiments as experiment', 'experiment.number', 'model.experiment')
    .selectAll('model')
    .where('model.id', '=', id)
    .where('model.state', 'in', ['active', 'deleted'])
    .where('experiment.project', '=', project)
    .executeTakeFirst()

/** Deletes the logged models of an experiment with it, at a moment, or restores those that were deleted at that one. */
export async function setModelStates(
  tables: Tracking,
  experiment: number,
  { state, atMs }: { readonly state: LoggedModelRow['state']; readonly atMs: number | null },
): Promise<void> {
  const query = tables.updateTable('tracking_logged_models').where('experiment', '=', experiment)
  if (state === 'deleted') await query.set({ state, deleted_at_ms: atMs }).where('state', '=', 'active').execute()
  else
    await query
      .set({ state, deleted_at_ms: null })
      .where('state', '=', 'deleted')
      .where('deleted_at_ms', '=', atMs)
      .execute()
}

/** Whether any project has a model of an id: ids are given once in a store. */
export async function isModelIdTaken(tables: Tracking, id: string): Promise<boolean> {
  const query = tables.selectFrom('tracking_logged_models').select('number').where('id', '=', id)
  return (await query.executeTakeFirst()) !== undefined
}

/** Models of an experiment, deleted ones too, the oldest first. */
export const loggedModelsIn = (
  tables: Tracking,
  experiment: number,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<LoggedModelRow[]> =>
  tables
    .selectFrom('tracking_logged_models')
    .selectAll()
    .where('experiment', '=', experiment)
    .where('state', 'in', ['active', 'deleted'])
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute()

/** Sets tags; the last of a name counts. */
export const putModelTags = (tables: Tracking, model: number, tags: readonly Named[]): Promise<void> =>
  insertMany(tables, {
    into: 'tracking_logged_model_tags',
    columns: ['model', 'name', 'value'],
    rows: lastOfEach(tags, ({ name }) => name).map(({ name, value }) => [model, name, value]),
    conflict: '(model, name) do update set value = excluded.value',
  })

/** @returns whether it was there */
export async function deleteModelTag(tables: Tracking, model: number, name: string): Promise<boolean> {
  const query = tables.deleteFrom('tracking_logged_model_tags').where('model', '=', model).where('name', '=', name)
  return (await query.executeTakeFirst()).numDeletedRows > 0n
}

/** Adds parameters; ones that are there stay. */
export const insertModelParams = (tables: Tracking, model: number, params: readonly Named[]): Promise<void> =>
  insertMany(tables, {
    into: 'tracking_logged_model_params',
    columns: ['model', 'name', 'value'],
    rows: params.map(({ name, value }) => [model, name, value]),
    conflict: 'do nothing',
  })

/** Tags or parameters of some models, by name. */
export const modelPairs = (tables: Tracking, what: 'tags' | 'params', models: readonly number[]) =>
  tables
    .selectFrom(`tracking_logged_model_${what}`)
    .selectAll()
    .where('model', 'in', listed(models))
    .orderBy('model')
    .orderBy('name')
    .execute()

/** Adds values of metrics to the models that they are of; one that is there already changes nothing. */
export async function addModelMetrics(
  tables: Tracking,
  run: Pick<RunRow, 'number'>,
  points: readonly (ModelMeasured & { readonly model: number })[],
): Promise<void> {
  if (points.length === 0) return
  const keys = await keyNumbers(tables, new Set(points.map(({ name }) => name)))
  await insertMany(tables, {
    into: 'tracking_logged_model_metrics',
    columns: ['model', 'metric', 'at_ms', 'step', 'run', 'value', 'is_nan', 'dataset_name', 'dataset_digest'],
    rows: points.map((point) => {
      const { metric, at_ms, step, value, is_nan } = metricRow(run.number, keys.get(point.name) as number, point)
      return [point.model, metric, at_ms, step, run.number, value, is_nan, point.datasetName, point.datasetDigest]
    }),
    conflict: 'do nothing',
  })
}

/**
 * Values of the metrics of some models.
 * @param options.newest whether only the newest of each metric, run and dataset: lists carry no histories
 */
export async function modelMetrics(
  tables: Tracking,
  models: readonly number[],
  { newest }: { readonly newest: boolean },
) {
  let query = tables
    .selectFrom('tracking_logged_model_metrics as metric')
    .innerJoin('tracking_keys as key', 'key.number', 'metric.metric')
    .innerJoin('tracking_runs as run', 'run.number', 'metric.run')
    .select(['metric.model', 'metric.value', 'metric.step', 'metric.at_ms', 'metric.is_nan', 'key.name'])
    .select(['metric.dataset_name as datasetName', 'metric.dataset_digest as datasetDigest', 'run.id as runId'])
    .where('metric.model', 'in', listed(models))
  if (newest)
    query = query.where(sql<boolean>`not exists (
      select 1 from tracking_logged_model_metrics as later
      where later.model = metric.model and later.metric = metric.metric and later.run = metric.run
        and later.dataset_name = metric.dataset_name and later.dataset_digest = metric.dataset_digest
        and (later.at_ms, later.step, later.value, later.is_nan) > (metric.at_ms, metric.step, metric.value, metric.is_nan))`)
  const rows = await query
    .orderBy('metric.model')
    .orderBy('key.name')
    .orderBy('metric.at_ms')
    .orderBy('metric.step')
    .execute()
  return rows.map(({ model, runId, datasetName, datasetDigest, ...row }) => ({
    model,
    runId,
    datasetName,
    datasetDigest,
    ...measuredOf(row),
  }))
}

/** A logged model of a project that was not deleted, for whoever registers it. */
export async function findLoggedModel(
  database: Database,
  of: { readonly project: string; readonly id: string },
): Promise<LoggedModel | undefined> {
  const row = await loggedModelById(open(database), of)
  if (row?.state !== 'active') return undefined
  return { id: row.id, runId: row.source_run, status: row.status, artifactUri: row.artifact_location }
}

/** Notes in the tags of a logged model that it became a version of a registered model. */
export async function noteModelVersion(
  database: Database,
  noted: { readonly project: string; readonly modelId: string; readonly name: string; readonly version: number },
): Promise<void> {
  const { project, modelId, name, version } = noted
  const tables = open(database)
  const model = await loggedModelById(tables, { project, id: modelId })
  if (!model) return
  const held = (await modelPairs(tables, 'tags', [model.number])).find((tag) => tag.name === versionsTag)?.value
  const versions = [...listIn(held), { name, version }]
  await putModelTags(tables, model.number, [{ name: versionsTag, value: spacedJson(versions) }])
}

/** JSON on one line with the spaces that Python writes: clients compare the text. Only what lays it out holds line breaks. */
const spacedJson = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replaceAll(/([[{])\n\s*/g, '$1')
    .replaceAll(/\n\s*([\]}])/g, '$1')
    .replaceAll(/,\n\s*/g, ', ')

const versionsTag = 'mlflow.modelVersions'
