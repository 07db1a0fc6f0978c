import type { Database, EpochMs } from '#platform'
import type { LogPart } from './schema.ts'

interface PartRow {
  name: string
  system: string
  kind: string
  state: string
  writer: string | null
  batch_key: string | null
  rows: number
  from_ms: number | null
  to_ms: number | null
  first_id: string | null
  last_id: string | null
  changed_ms: number
}

const open = (database: Database) => database.withTables<{ serving_log_parts: PartRow }>()

/** What a sealed part holds. */
export type PartContent = Pick<LogPart, 'rows' | 'fromMs' | 'toMs' | 'firstId' | 'lastId'>

/**
 * Adds a file to the log.
 * @param batchKey names a batch for ever: where it is there already, nothing is added
 * @returns whether it was added
 */
export async function insertPart(database: Database, part: LogPart, batchKey: string | null = null): Promise<boolean> {
  const result = await open(database)
    .insertInto('serving_log_parts')
    .values({ ...rowOf(part), batch_key: batchKey })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return Number(result.numInsertedOrUpdatedRows) > 0
}

/** Says that a part grows no more, and what it holds; one that was sealed before is left as it is. */
export async function sealPart(
  database: Database,
  name: string,
  content: PartContent & { readonly atMs: EpochMs },
): Promise<void> {
  await open(database)
    .updateTable('serving_log_parts')
    .set({
      state: 'sealed',
      rows: content.rows,
      from_ms: content.fromMs,
      to_ms: content.toMs,
      first_id: content.firstId,
      last_id: content.lastId,
      changed_ms: content.atMs,
    })
    .where('name', '=', name)
    // One that was sealed and merged meanwhile must not count again.
    .where('state', '=', 'open')
    .execute()
}

/**
 * Puts one file in the place of others, all at once, unless another process has replaced one of them.
 * @returns whether it was done
 */
export function replaceParts(database: Database, parts: readonly LogPart[], by: LogPart): Promise<boolean> {
  return open(database)
    .transaction()
    .execute(async (transaction) => {
      const names = parts.map(({ name }) => name)
      const still = await transaction
        .selectFrom('serving_log_parts')
        .select('name')
        .where('name', 'in', names)
        .where('state', '=', 'sealed')
        .execute()
      if (still.length < names.length) return false
      await transaction
        .updateTable('serving_log_parts')
        .set({ state: 'obsolete', changed_ms: by.changedMs })
        .where('name', 'in', names)
        .execute()
      await transaction
        .insertInto('serving_log_parts')
        .values({ ...rowOf(by), batch_key: null })
        .execute()
      return true
    })
}

/** Files of the log, in the order of their names; of all systems where none is named. */
export async function readParts(
  database: Database,
  filter: { readonly system?: string; readonly states: readonly LogPart['state'][] },
): Promise<readonly LogPart[]> {
  let query = open(database).selectFrom('serving_log_parts').selectAll().where('state', 'in', filter.states)
  if (filter.system !== undefined) query = query.where('system', '=', filter.system)
  return (await query.orderBy('name').execute()).map(partOf)
}

/** Systems with segments to merge, or with files that were merged before a moment and are still there. */
export async function systemsToCompact(database: Database, beforeMs: EpochMs): Promise<readonly string[]> {
  const rows = await open(database)
    .selectFrom('serving_log_parts')
    .select('system')
    .distinct()
    .where((eb) =>
      eb.or([
        eb.and([eb('state', '=', 'sealed'), eb('kind', '=', 'segment')]),
        eb.and([eb('state', '=', 'obsolete'), eb('changed_ms', '<', beforeMs)]),
      ]),
    )
    .execute()
  return rows.map(({ system }) => system)
}

/** Writers of segments that are still open. */
export async function openWriters(database: Database): Promise<readonly string[]> {
  const query = open(database).selectFrom('serving_log_parts').select('writer').distinct()
  const rows = await query.where('state', '=', 'open').where('writer', 'is not', null).execute()
  return rows.map(({ writer }) => writer as string)
}

/** The file that holds a batch. */
export async function findBatch(database: Database, system: string, key: string): Promise<LogPart | undefined> {
  const row = await open(database)
    .selectFrom('serving_log_parts')
    .selectAll()
    .where('system', '=', system)
    .where('batch_key', '=', key)
    .executeTakeFirst()
  return row && partOf(row)
}

/** Takes a file that is gone off the list; the keys of batches are kept, so that none is ever appended again. */
export async function forgetPart(database: Database, name: string): Promise<void> {
  const db = open(database)
  await db.deleteFrom('serving_log_parts').where('name', '=', name).where('batch_key', 'is', null).execute()
  await db.updateTable('serving_log_parts').set({ state: 'removed' }).where('name', '=', name).execute()
}

function rowOf(part: LogPart): Omit<PartRow, 'batch_key'> {
  return {
    name: part.name,
    system: part.system,
    kind: part.kind,
    state: part.state,
    writer: part.writer,
    rows: part.rows,
    from_ms: part.fromMs,
    to_ms: part.toMs,
    first_id: part.firstId,
    last_id: part.lastId,
    changed_ms: part.changedMs,
  }
}

function partOf(row: PartRow): LogPart {
  return {
    system: row.system,
    name: row.name,
    kind: row.kind as LogPart['kind'],
    state: row.state as LogPart['state'],
    writer: row.writer,
    rows: row.rows,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    firstId: row.first_id,
    lastId: row.last_id,
    changedMs: row.changed_ms,
  }
}
