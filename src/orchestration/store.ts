import { sql } from 'kysely'
import type { Database, EpochMs, Migration } from '#platform'
import type { RunId } from './schema.ts'

interface ScheduleRow {
  name: string
  every_ms: number
  next_due_ms: number
  last_run_id: string | null
}

/** The part of OpenWorkflow's own table that is read and written beside it. */
interface RunRow {
  namespace_id: string
  id: string
  workflow_name: string
  idempotency_key: string | null
  status: string
  worker_id: string | null
  available_at: string | null
  created_at: string
}

const open = (work: Database) => work.withTables<{ orchestration_schedules: ScheduleRow; workflow_runs: RunRow }>()

/** Steps of the work store's own schema; OpenWorkflow brings its tables itself. */
export const workMigrations: readonly Migration[] = [
  {
    name: 'orchestration/0001-schedules',
    up: async (database) => {
      await database.schema
        .createTable('orchestration_schedules')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('every_ms', 'bigint', (column) => column.notNull())
        .addColumn('next_due_ms', 'bigint', (column) => column.notNull())
        .addColumn('last_run_id', 'text')
        .execute()
    },
  },
]

/** The run that was started with a key, however long ago; OpenWorkflow itself forgets keys after a day. */
export async function findRun(work: Database, workflow: string, key: string): Promise<RunId | undefined> {
  const row = await open(work)
    .selectFrom('workflow_runs')
    .select('id')
    .where('namespace_id', '=', 'default')
    .where('workflow_name', '=', workflow)
    .where('idempotency_key', '=', key)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/**
 * Sets free the runs that some worker took and this process does not hold: those of a dead one. Only for the holder of
 * the worker's lock.
 * @returns how many there were
 */
export async function freeAbandonedRuns(work: Database, held: readonly string[]): Promise<number> {
  let update = open(work)
    .updateTable('workflow_runs')
    .set({ worker_id: null, available_at: sql<string>`strftime('%Y-%m-%dT%H:%M:%fZ', 'now')` })
    .where('status', '=', 'running')
    .where('worker_id', 'is not', null)
  if (held.length > 0) update = update.where('id', 'not in', held)
  const result = await update.executeTakeFirst()
  return Number(result.numUpdatedRows)
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
