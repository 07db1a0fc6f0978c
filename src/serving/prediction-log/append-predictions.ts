import { contentHash, quoteName, quoteText, type Lake, type Table, type Workspace } from '#platform'
import { fail } from '../failures.ts'
import { findBatch, insertPart } from '../store.ts'
import { logColumns } from './log-line.ts'
import { writeParquet } from './write-parquet.ts'

export interface AppendPredictionsOptions {
  readonly system: string
  /** Names the batch for ever: what is appended twice under one key is there once. */
  readonly key: string
  /**
   * The predictions by column, in the order of their rows: any of `at_ms`, `version_id`, `release_id`, `arm`,
   * `entity_key`, `label`, `probability`, `value`, `decision`, `threshold`; what is absent is null.
   */
  readonly batch: Table
  /** The same value for every row, such as the version: cheaper than a column. */
  readonly constants?: Readonly<Partial<Record<BatchColumn, string | number | null>>>
  /** What the model saw, by row; left out of the log where absent. */
  readonly inputs?: Table
}

export type BatchColumn = Exclude<keyof typeof logColumns, 'id' | 'inputs' | 'probabilities' | 'error' | 'outputs'>

/** How the predictions of a batch are called. */
export interface AppendedBatch {
  readonly rows: number
  /** Id of the prediction in a row of the batch, from 0. */
  readonly idOf: (row: number) => string
}

/**
 * Keeps predictions that were made in a batch: by column, straight to Parquet. When it returns they are on the disk, all
 * of them or none.
 * @throws {Failure} `serving/wrongBatch` for a column that the log does not have
 */
export async function appendPredictions(
  workspace: Workspace,
  options: AppendPredictionsOptions,
): Promise<AppendedBatch> {
  const { system, key, batch, inputs } = options
  // Of the key alone: a batch that is appended again after a crash has the same ids.
  const prefix = `batch_${contentHash({ system, key }).slice(0, 26)}`
  const idOf = (row: number): string => `${prefix}-${String(row).padStart(9, '0')}`
  const appended = { rows: batch.rowCount, idOf }
  checkBatch(options)
  if (batch.rowCount === 0 || (await findBatch(workspace.database, system, key))) return appended
  const name = `${system}/${prefix}.parquet`
  const content = await workspace.lake.session(async (lake) => {
    const rows = `serving_${prefix}`
    const seen = `${rows}_inputs`
    try {
      await lake.putTable(rows, withColumns(batch))
      if (inputs) await lake.putTable(seen, inputs)
      return await writeParquet(workspace, lake, { name, sql: batchSql(options, { rows, seen, prefix }) })
    } finally {
      await dropTables(lake, [rows, seen])
    }
  })
  await insertPart(
    workspace.database,
    { system, name, kind: 'parquet', state: 'sealed', writer: null, changedMs: workspace.clock.now(), ...content },
    key,
  )
  return appended
}

function checkBatch({ batch, constants = {}, inputs }: AppendPredictionsOptions): void {
  for (const name of [...Object.keys(batch.columns), ...Object.keys(constants)]) {
    if (!(name in logColumns) || derived.has(name))
      throw fail('wrongBatch', `Cannot keep the batch: the prediction log takes no column '${name}'`)
  }
  if (inputs && inputs.rowCount !== batch.rowCount)
    throw fail(
      'wrongBatch',
      `Cannot keep the batch: it has ${batch.rowCount} predictions, but ${inputs.rowCount} inputs`,
    )
}

const derived: ReadonlySet<string> = new Set(['id', 'inputs', 'probabilities', 'error', 'outputs'])

/** A batch of constants alone still needs a column to have rows. */
function withColumns(batch: Table): Table {
  if (Object.keys(batch.columns).length > 0) return batch
  return { rowCount: batch.rowCount, columns: { at_ms: { kind: 'number', values: new Float64Array(batch.rowCount) } } }
}

function batchSql(
  { batch, constants = {}, inputs }: AppendPredictionsOptions,
  names: { readonly rows: string; readonly seen: string; readonly prefix: string },
): string {
  const columns = Object.entries(logColumns).map(([name, type]) => {
    if (name === 'id') return `${quoteText(`${names.prefix}-`)} || lpad(r.rowid::varchar, 9, '0') as id`
    if (name === 'inputs' && inputs) return `${inputsSql(inputs)} as inputs`
    const constant = constants[name as BatchColumn]
    if (constant !== undefined) return `${literal(constant)}::${type} as ${name}`
    return batch.columns[name] ? `r.${name}::${type} as ${name}` : `null::${type} as ${name}`
  })
  const join = inputs ? ` join ${names.seen} as s on s.rowid = r.rowid` : ''
  return `select ${columns.join(', ')} from ${names.rows} as r${join} order by r.rowid`
}

function inputsSql(inputs: Table): string {
  const fields = Object.keys(inputs.columns).map((name) => `${quoteName(name)} := s.${quoteName(name)}`)
  return `to_json(struct_pack(${fields.join(', ')}))`
}

const literal = (value: string | number | null): string =>
  value === null ? 'null' : typeof value === 'number' ? String(value) : quoteText(value)

async function dropTables(lake: Lake, names: readonly string[]): Promise<void> {
  for (const name of names) await lake.run(`drop table if exists ${name}`)
}
