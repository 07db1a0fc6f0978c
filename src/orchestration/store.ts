import type { Database, EpochMs, Migration } from '#platform'
import type { RunId } from './schema.ts'

interface ScheduleRow {
  name: string
  every_ms: number
  next_due_ms: number
  last_run_id: string | null
}

/** One start of a run under a key. */
interface StartRow {
  workflow: string
  run_key: string
  /** Null between the moment when the key was taken and the one when its run was made. */
  run_id: string | null
}

/** OpenWorkflow's own table, as far as it is read here. */
interface StepAttemptRow {
  id: string
  workflow_run_id: string
  created_at: string
  /** SQLite's own number of a row: 1, 2, 3 … as they came. */
  rowid: number
}

const open = (work: Database) =>
  work.withTables<{
    orchestration_schedules: ScheduleRow
    orchestration_starts: StartRow
    step_attempts: StepAttemptRow
  }>()

/** Steps of the work store's own schema; OpenWorkflow brings its tables itself. */
export const workMigrations: readonly Migration[] = [
  {
    name: 'orchestration/0001-work',
    up: async (database) => {
      await database.schema
        .createTable('orchestration_schedules')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('every_ms', 'bigint', (column) => column.notNull())
        .addColumn('next_due_ms', 'bigint', (column) => column.notNull())
        .addColumn('last_run_id', 'text')
        .execute()
      await database.schema
        .createTable('orchestration_starts')
        .addColumn('workflow', 'text', (column) => column.notNull())
        .addColumn('run_key', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text')
        .addPrimaryKeyConstraint('orchestration_starts_key', ['workflow', 'run_key'])
        .execute()
    },
  },
]

/**
 * The run that a key stands for: its id; null where the key was taken, but nobody noted its run; undefined where the key
 * is free.
 */
export async function findStart(work: Database, workflow: string, key: string): Promise<RunId | null | undefined> {
  const row = await open(work)
    .selectFrom('orchestration_starts')
    .select('run_id')
    .where('workflow', '=', workflow)
    .where('run_key', '=', key)
    .executeTakeFirst()
  return row?.run_id
}

/** Takes a key, unless it is taken. */
export async function takeKey(work: Database, workflow: string, key: string): Promise<void> {
  await open(work)
    .insertInto('orchestration_starts')
    .values({ workflow, run_key: key, run_id: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Notes the run that a key stands for. */
export async function noteRun(
  work: Database,
  start: { readonly workflow: string; readonly key: string; readonly run: RunId },
): Promise<void> {
  await open(work)
    .updateTable('orchestration_starts')
    .set({ run_id: start.run })
    .where('workflow', '=', start.workflow)
    .where('run_key', '=', start.key)
    .execute()
}

export interface StoredSchedule {
  readonly name: string
  readonly everyMs: number
  readonly nextDueMs: EpochMs
  readonly lastRun: RunId | null
}

/** Schedules in the order of their names. */
export async function readSchedules(work: Database): Promise<readonly StoredSchedule[]> {
  const rows = await open(work).selectFrom('orchestration_schedules').selectAll().orderBy('name').execute()
  return rows.map((row) => ({
    name: row.name,
    everyMs: row.every_ms,
    nextDueMs: row.next_due_ms,
    lastRun: row.last_run_id,
  }))
}

export async function writeSchedule(work: Database, schedule: StoredSchedule): Promise<void> {
  const row = {
    name: schedule.name,
    every_ms: schedule.everyMs,
    next_due_ms: schedule.nextDueMs,
    last_run_id: schedule.lastRun,
  }
  await open(work)
    .insertInto('orchestration_schedules')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute()
}

export async function removeSchedule(work: Database, name: string): Promise<void> {
  await open(work).deleteFrom('orchestration_schedules').where('name', '=', name).execute()
}

/**
 * Ids of a run's step attempts in the order in which they were begun. OpenWorkflow lists those of one millisecond in the
 * order of their random ids.
 */
export async function stepOrder(work: Database, run: RunId): Promise<readonly string[]> {
  const rows = await open(work)
    .selectFrom('step_attempts')
    .select('id')
    .where('workflow_run_id', '=', run)
    .orderBy('created_at')
    .orderBy('rowid')
    .execute()
  return rows.map(({ id }) => id)
}
