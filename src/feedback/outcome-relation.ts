import { quoteText, type EpochMs, type Workspace } from '#platform'
import { outcomeCopies, outcomePath } from './outcome-copies.ts'
import type { OutcomeBatch } from './schema.ts'
import { readFileBatches } from './store.ts'

export interface OutcomeRelationOptions {
  readonly system: string
  /** Only what was received before this moment: what was known then. */
  readonly knownMs?: EpochMs
  /** Every record instead of the latest of each prediction. */
  readonly history?: boolean
}

/**
 * The truth about predictions as one relation: SQL to stand in a `from`, to be joined to the prediction log by
 * `prediction_id`. It is a view of the moment when it is made; use it soon.
 *
 * Columns: prediction_id, label, value, observed_ms, received_ms, batch, place, and without `history` also `records`:
 * how often the truth was told, more than one where it was corrected. Rows stand in no order.
 */
export async function outcomeRelation(workspace: Workspace, options: OutcomeRelationOptions): Promise<string> {
  const records = await outcomeRecords(workspace, options.system)
  const known = options.knownMs === undefined ? records : `(from ${records} where received_ms < ${options.knownMs})`
  if (options.history) return known
  return `(select *, count(*) over (partition by prediction_id) as records from ${known} qualify ${isLatest})`
}

/** SQL that is true for the record of each prediction that counts: the latest observed, of equal ones the last sent. */
export const isLatest =
  'row_number() over (partition by prediction_id order by observed_ms desc, batch desc, place desc) = 1'

/** Every record of a system as SQL to stand in a `from`. */
export async function outcomeRecords(workspace: Workspace, system: string): Promise<string> {
  const batches = await readFileBatches(workspace.database, system)
  const copies = await outcomeCopies(workspace, system)
  const names = Object.keys(recordColumns).join(', ')
  const reads = [
    ...(batches.length > 0 ? [fileRecordsSql(workspace, batches)] : []),
    ...(copies.length > 0
      ? [
          `select ${names} from read_json([${copies.map(quoteText).join(', ')}], format = 'newline_delimited', columns = ${columnsSql})`,
        ]
      : []),
  ]
  return reads.length > 0 ? `(${reads.join(' union all ')})` : emptySql
}

const recordColumns = {
  prediction_id: 'varchar',
  label: 'varchar',
  value: 'double',
  observed_ms: 'double',
  received_ms: 'double',
  batch: 'bigint',
  place: 'bigint',
}

const columnsSql = `{${Object.entries(recordColumns)
  .map(([name, type]) => `${name}: '${type}'`)
  .join(', ')}}`

const emptySql = `(select ${Object.entries(recordColumns)
  .map(([name, type]) => `null::${type} as ${name}`)
  .join(', ')} where false)`

/** Records in files: the number of their batch is given when it is kept, so it stands beside the file. */
function fileRecordsSql(workspace: Workspace, batches: readonly OutcomeBatch[]): string {
  const paths = batches.map(({ file }) => quoteText(outcomePath(workspace, file as string)))
  const numbers = batches.map(({ file, number }) => `(${quoteText(file as string)}, ${number})`)
  return `select ${Object.keys(recordColumns).join(', ')} from read_parquet([${paths.join(', ')}])
    join (values ${numbers.join(', ')}) as numbered(file, batch) using (file)`
}
