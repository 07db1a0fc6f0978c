import type { Database } from '#platform'
import type { OutcomeBatch } from './schema.ts'

interface BatchRow {
  number: number
  system: string
  batch_key: string
  source: string
  actor: string
  received_ms: number
  counts: string
  file: string | null
}

/** One record as the store of facts holds it. */
export interface OutcomeRow {
  batch: number
  place: number
  system: string
  prediction_id: string
  label: string | null
  value: number | null
  observed_ms: number
}

const open = (database: Database) =>
  database.withTables<{ feedback_batches: BatchRow; feedback_outcomes: OutcomeRow }>()

export async function findBatch(database: Database, system: string, key: string): Promise<OutcomeBatch | undefined> {
  const row = await open(database)
    .selectFrom('feedback_batches')
    .selectAll()
    .where('system', '=', system)
    .where('batch_key', '=', key)
    .executeTakeFirst()
  return row && batchOf(row)
}

/** Batches whose records stand in files, in order. */
export async function readFileBatches(database: Database, system: string): Promise<readonly OutcomeBatch[]> {
  const rows = await open(database)
    .selectFrom('feedback_batches')
    .selectAll()
    .where('system', '=', system)
    .where('file', 'is not', null)
    .orderBy('number')
    .execute()
  return rows.map(batchOf)
}

/**
 * Keeps a batch with its records, all in one transaction.
 * @returns false, and nothing changed, where a batch of the same key is there already
 */
export function insertBatch(
  database: Database,
  batch: Omit<OutcomeBatch, 'number'>,
  records: readonly Omit<OutcomeRow, 'batch' | 'system'>[],
): Promise<boolean> {
  return open(database)
    .transaction()
    .execute(async (transaction) => {
      const inserted = await transaction
        .insertInto('feedback_batches')
        .values({
          system: batch.system,
          batch_key: batch.key,
          source: batch.source,
          actor: batch.actor,
          received_ms: batch.receivedMs,
          counts: JSON.stringify(batch.counts),
          file: batch.file,
        } as BatchRow)
        .onConflict((conflict) => conflict.columns(['system', 'batch_key']).doNothing())
        .returning('number')
        .executeTakeFirst()
      if (!inserted) return false
      for (let from = 0; from < records.length; from += rowsAtOnce) {
        const rows = records.slice(from, from + rowsAtOnce)
        await transaction
          .insertInto('feedback_outcomes')
          .values(rows.map((row) => ({ ...row, batch: inserted.number, system: batch.system })))
          .execute()
      }
      return true
    })
}

/** The last batch with records in the store of facts; 0 where there is none. */
export async function lastRowBatch(database: Database, system: string): Promise<number> {
  const row = await open(database)
    .selectFrom('feedback_outcomes')
    .select(({ fn }) => fn.max('batch').as('last'))
    .where('system', '=', system)
    .executeTakeFirst()
  return row?.last ?? 0
}

/** Records in the store of facts of the batches from `first` to `last`, with when they were received, in order. */
export function readRows(
  database: Database,
  range: { readonly system: string; readonly first: number; readonly last: number },
): Promise<readonly (Omit<OutcomeRow, 'system'> & { readonly received_ms: number })[]> {
  return open(database)
    .selectFrom('feedback_outcomes as o')
    .innerJoin('feedback_batches as b', 'b.number', 'o.batch')
    .select(['o.batch', 'o.place', 'o.prediction_id', 'o.label', 'o.value', 'o.observed_ms', 'b.received_ms'])
    .where('o.system', '=', range.system)
    .where('o.batch', '>=', range.first)
    .where('o.batch', '<=', range.last)
    .orderBy('o.batch')
    .orderBy('o.place')
    .execute()
}

/** SQLite takes 32,766 values in one statement; a record has seven. */
const rowsAtOnce = 1000

function batchOf(row: BatchRow): OutcomeBatch {
  return {
    number: row.number,
    system: row.system,
    key: row.batch_key,
    source: row.source,
    actor: row.actor,
    receivedMs: row.received_ms,
    counts: JSON.parse(row.counts) as OutcomeBatch['counts'],
    file: row.file,
  }
}
