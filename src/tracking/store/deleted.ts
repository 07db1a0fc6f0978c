import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { listed, type EpochMs } from '#platform'
import type { FileRow, Tables, Tracking } from './tables.ts'

/** What can be deleted, and then collected. */
export type Deletable = 'tracking_experiments' | 'tracking_runs' | 'tracking_logged_models'

/** A run or logged model that is to go, with what its files are found by. */
export interface DoomedRow {
  readonly number: number
  readonly id: string
  readonly deleted_at_ms: number
  /** Where the artifacts of its experiment are; those of a model itself. */
  readonly location: string
}

/** Takes some of what was deleted before a moment out of everybody's sight, for good. @returns how many */
export async function claimDeleted(
  tables: Tracking,
  table: Deletable,
  { before }: { readonly before: EpochMs },
): Promise<number> {
  const some = sql`select number from ${sql.table(table)}
    where state = 'deleted' and deleted_at_ms <= ${before} order by deleted_at_ms, number limit ${claimedAtOnce}`
  return claim(tables, table, some)
}

/** Takes some of what belongs to experiments that are being collected out of everybody's sight. @returns how many */
export async function claimWithExperiments(
  tables: Tracking,
  table: Exclude<Deletable, 'tracking_experiments'>,
): Promise<number> {
  const some = sql`select one.number from ${sql.table(table)} as one
    join tracking_experiments as experiment on experiment.number = one.experiment
    where experiment.state = 'collected' and experiment.deleted_at_ms is not null and one.state <> 'collected'
    limit ${claimedAtOnce}`
  return claim(tables, table, some)
}

async function claim(tables: Tracking, table: Deletable, numbers: RawBuilder<unknown>): Promise<number> {
  const result =
    await sql`update ${sql.table(table)} set state = 'collected', deleted_at_ms = coalesce(deleted_at_ms, 0)
    where number in (${numbers})`.execute(tables)
  return Number(result.numAffectedRows ?? 0)
}

/** How many would go of what was deleted before a moment, with what belongs to it. */
export async function countDeleted(tables: Tracking, table: Deletable, before: EpochMs): Promise<number> {
  const { rows } = await sql<{ found: number }>`
    select count(*) as found from ${sql.table(table)} as one where ${isDoomed(table, before)} and one.state <> 'collected'`.execute(
    tables,
  )
  return rows[0]?.found ?? 0
}

/**
 * A page of the runs or models that are being collected.
 * @param at.before as well those that were deleted before then, for one who only looks
 */
export async function doomedRows(
  tables: Tracking,
  table: 'tracking_runs' | 'tracking_logged_models',
  at: { readonly after: Pick<DoomedRow, 'number' | 'deleted_at_ms'> | undefined; readonly before: EpochMs | undefined },
): Promise<readonly DoomedRow[]> {
  const location = table === 'tracking_runs' ? sql`experiment.artifact_location` : sql`one.artifact_location`
  const scope =
    at.before === undefined
      ? sql`one.state = 'collected' and one.deleted_at_ms is not null`
      : isDoomed(table, at.before)
  // The way of what is collected has an index; who only looks walks all of them once.
  const order = sql.join([...(at.before === undefined ? [sql.ref('one.deleted_at_ms')] : []), sql.ref('one.number')])
  const last = sql.join([...(at.before === undefined ? [at.after?.deleted_at_ms] : []), at.after?.number])
  const from = at.after ? sql` and (${order}) > (${last})` : sql``
  const { rows } = await sql<DoomedRow>`
    select one.number, one.id, one.deleted_at_ms, ${location} as location from ${sql.table(table)} as one
    join tracking_experiments as experiment on experiment.number = one.experiment
    where ${scope}${from} order by ${order} limit ${doomedAtOnce}`.execute(tables)
  return rows
}

function isDoomed(table: Deletable, before: EpochMs): RawBuilder<SqlBool> {
  const own = sql`(one.deleted_at_ms is not null and (one.state = 'collected' or one.state = 'deleted' and one.deleted_at_ms <= ${before}))`
  if (table === 'tracking_experiments') return sql`${own}`
  return sql`(${own} or one.deleted_at_ms is not null and one.experiment in (select number from tracking_experiments
    where deleted_at_ms is not null and (state = 'collected' or state = 'deleted' and deleted_at_ms <= ${before})))`
}

/** Rows of other tables that go with runs or models, by the column that names those, with their keys. */
const dependents = {
  tracking_runs: [
    ['tracking_metrics', 'run', ['run', 'metric', 'at_ms', 'step', 'value', 'is_nan']],
    ['tracking_latest', 'run', ['run', 'metric']],
    [
      'tracking_logged_model_metrics',
      'run',
      ['model', 'metric', 'at_ms', 'step', 'run', 'value', 'is_nan', 'dataset_name', 'dataset_digest'],
    ],
    ['tracking_imports', 'run', ['run']],
    ['tracking_params', 'run', ['run', 'name']],
    ['tracking_tags', 'run', ['run', 'name']],
    ['tracking_inputs', 'run', ['run', 'dataset']],
    ['tracking_model_links', 'run', ['run', 'direction', 'model_id']],
  ],
  tracking_logged_models: [
    [
      'tracking_logged_model_metrics',
      'model',
      ['model', 'metric', 'at_ms', 'step', 'run', 'value', 'is_nan', 'dataset_name', 'dataset_digest'],
    ],
    ['tracking_logged_model_params', 'model', ['model', 'name']],
    ['tracking_logged_model_tags', 'model', ['model', 'name']],
  ],
  tracking_experiments: [
    ['tracking_experiment_tags', 'experiment', ['experiment', 'name']],
    ['tracking_datasets', 'experiment', ['number']],
  ],
} as const satisfies Record<Deletable, readonly (readonly [keyof Tables, string, readonly string[]])[]>

/** Deletes some of the rows that belong to what is being collected. @returns whether there may be more */
export async function deleteSomeOf(tables: Tracking, table: Deletable, numbers: readonly number[]): Promise<boolean> {
  let room = rowsAtOnce
  for (const [dependent, column, keys] of dependents[table]) {
    const key = sql.join(keys.map((name) => sql.ref(name)))
    const result = await sql`delete from ${sql.table(dependent)} where (${key}) in
      (select ${key} from ${sql.table(dependent)} where ${sql.ref(column)} in ${listed(numbers)} limit ${room})`.execute(
      tables,
    )
    room -= Number(result.numAffectedRows ?? 0)
    if (room <= 0) return true
  }
  return false
}

/** Deletes what is being collected itself, once nothing belongs to it any more. */
export async function deleteCollected(tables: Tracking, table: Deletable, numbers: readonly number[]): Promise<void> {
  await sql`delete from ${sql.table(table)} where state = 'collected' and number in ${listed(numbers)}`.execute(tables)
}

/** Experiments that are being collected and hold nothing more; the last one stays, so that no number is given again. */
export async function emptyExperiments(tables: Tracking): Promise<readonly number[]> {
  const { rows } = await sql<{ number: number }>`
    select number from tracking_experiments as one where state = 'collected' and deleted_at_ms is not null
      and number < (select max(number) from tracking_experiments)
      and not exists (select 1 from tracking_runs where experiment = one.number)
      and not exists (select 1 from tracking_logged_models where experiment = one.number)`.execute(tables)
  return rows.map(({ number }) => number)
}

/** Places of artifacts that experiments which stay were given by their client. */
export async function chosenLocations(tables: Tracking): Promise<readonly string[]> {
  const { rows } = await sql<{ location: string }>`
    select distinct artifact_location as location from tracking_experiments
    where state <> 'collected' and artifact_location <> 'mlflow-artifacts:/' || number`.execute(tables)
  return rows.map(({ location }) => location)
}

/** Those of some folders in which files are: most runs have none. */
export async function foldersWithFiles(tables: Tracking, folders: readonly string[]): Promise<ReadonlySet<string>> {
  if (folders.length === 0) return new Set()
  const { rows } = await sql<{ folder: string }>`
    with wanted (folder) as (values ${sql.join(folders.map((folder) => sql`(${folder})`))})
    select folder from wanted where exists (
      select 1 from tracking_files as file where file.folder >= wanted.folder and file.folder < wanted.folder || '0')`.execute(
    tables,
  )
  return new Set(rows.map(({ folder }) => folder))
}

/** A page of all files and folders within a folder, in order. */
export function filesWithin(
  tables: Tracking,
  folder: string,
  after: Pick<FileRow, 'folder' | 'name'> | undefined,
): Promise<readonly FileRow[]> {
  let query = tables
    .selectFrom('tracking_files')
    .selectAll()
    // One span of the key; '0' is the character after the slash.
    .where('folder', '>=', folder)
    .where('folder', '<', `${folder}0`)
    .where((be) => be.or([be('folder', '=', folder), be('folder', '>', `${folder}/`)]))
  if (after) query = query.where(sql<boolean>`(folder, name) > (${after.folder}, ${after.name})`)
  return query.orderBy('folder').orderBy('name').limit(filesAtOnce).execute()
}

export async function deleteFileRows(
  tables: Tracking,
  rows: readonly Pick<FileRow, 'folder' | 'name'>[],
): Promise<void> {
  if (rows.length === 0) return
  const keys = sql.join(rows.map(({ folder, name }) => sql`(${folder}, ${name})`))
  await sql`delete from tracking_files where (folder, name) in (values ${keys})`.execute(tables)
}

const claimedAtOnce = 500
const doomedAtOnce = 200
const rowsAtOnce = 2000
const filesAtOnce = 200
