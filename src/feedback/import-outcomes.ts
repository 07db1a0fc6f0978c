import { access, constants } from 'node:fs/promises'
import { extname } from 'node:path'
import { cellOf, fileDigest, isFailure, messageOf, quoteName, quoteText, type Table, type Workspace } from '#platform'
import { answerForm, entityKeys, type AnswerForm } from '#serving'
import { currentSystem } from '#system'
import { fail } from './failures.ts'
import type { Incoming, IncomingRow } from './incoming.ts'
import { readOutcome } from './read-outcome.ts'
import type { OutcomeReceipt, OutcomeResult } from './schema.ts'
import { takeOutcomes } from './take-outcomes.ts'

export interface ImportOutcomesOptions {
  readonly system: string
  /** A CSV, Parquet, JSON or NDJSON file. */
  readonly path: string
  readonly actor: string
}

/**
 * Takes the outcomes of a file: one row each, by `prediction_id` or by the columns of the system's entity, with the
 * truth in `outcome` or in a column named like the target, and maybe `time` (with an entity: about the latest prediction
 * made by then) and `observed_at`. Rows that cannot be taken are refused one by one; the same file taken again changes
 * nothing.
 *
 * @returns counts of all rows, and the first thousand that were refused
 * @throws {Failure} `system/unknownSystem`, `deployment/nothingReleased`, `feedback/missingFile`,
 * `feedback/unreadableFile`, `feedback/missingColumn`, `feedback/noOutcomes`
 */
export async function importOutcomes(workspace: Workspace, options: ImportOutcomesOptions): Promise<OutcomeReceipt> {
  const { system, path, actor } = options
  const attempt = `Cannot take the outcomes in '${path}'`
  const { spec } = await currentSystem(workspace, system)
  const form = await answerForm(workspace, system)
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw fail('missingFile', `${attempt}: ${messageOf(error)}`, { cause: error })
  })
  const columns = await columnsOf(workspace, path, attempt)
  const layout = layoutOf(columns, { form, target: spec.framing.target, attempt })
  const table = await readFile(workspace, { path, layout, form, attempt })
  if (table.rowCount === 0) throw fail('noOutcomes', `${attempt}: the file has no rows`)
  const incoming = incomingOf(table, { form, layout })
  const key = `file/${await fileDigest(path)}`
  const receipt = await takeOutcomes(workspace, { system, incoming, key, source: `file ${path}`, actor })
  return {
    counts: receipt.counts,
    results: receipt.results.filter(({ status }) => status === 'refused').slice(0, 1000),
  }
}

interface Layout {
  readonly outcome: { readonly name: string; readonly type: string }
  readonly byPrediction: boolean
  readonly byEntity: boolean
  readonly time: boolean
  readonly observed: boolean
}

interface FileColumn {
  readonly name: string
  readonly type: string
}

const readers: Readonly<Record<string, (path: string) => string>> = {
  '.csv': (path) => `read_csv(${path}, header = true)`,
  '.parquet': (path) => `read_parquet(${path})`,
  '.json': (path) => `read_json(${path}, format = 'auto')`,
  '.ndjson': (path) => `read_json(${path}, format = 'newline_delimited')`,
  '.jsonl': (path) => `read_json(${path}, format = 'newline_delimited')`,
}

function readerOf(path: string, attempt: string): string {
  const reader = readers[extname(path).toLowerCase()]
  if (!reader) throw fail('unreadableFile', `${attempt}: '${extname(path)}' is not a form that is read`)
  return reader(quoteText(path))
}

async function columnsOf(workspace: Workspace, path: string, attempt: string): Promise<readonly FileColumn[]> {
  return readable(attempt, () => workspace.lake.describe(`select * from ${readerOf(path, attempt)}`))
}

/** What DuckDB says of a file that it cannot read, as a failure of the import. */
async function readable<T>(attempt: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isFailure(error) || error.code !== 'platform/badSql') throw error
    throw fail('unreadableFile', `${attempt}: ${messageOf(error).replace('Cannot run the query: ', '')}`, {
      cause: error,
    })
  }
}

function layoutOf(
  columns: readonly FileColumn[],
  { form, target, attempt }: { form: AnswerForm; target: string; attempt: string },
): Layout {
  const find = (name: string): FileColumn | undefined => columns.find((column) => column.name === name)
  const outcome = find('outcome') ?? find(target)
  if (!outcome) throw fail('missingColumn', `${attempt}: it has neither a column 'outcome' nor '${target}'`)
  const byPrediction = find('prediction_id') !== undefined
  const absent = form.entity.filter(({ name }) => !find(name)).map(({ name }) => `'${name}'`)
  const byEntity = form.entity.length > 0 && absent.length === 0
  if (!byPrediction && !byEntity) {
    const entity =
      form.entity.length === 0 ? 'the system has no entity' : `the entity's ${absent.join(', ')} is missing`
    throw fail('missingColumn', `${attempt}: it has no column 'prediction_id', and ${entity}`)
  }
  return {
    outcome,
    byPrediction,
    byEntity,
    time: find('time') !== undefined,
    observed: find('observed_at') !== undefined,
  }
}

/** The file by column: the entity in the types of the system, moments in epoch milliseconds. */
async function readFile(
  workspace: Workspace,
  of: { readonly path: string; readonly layout: Layout; readonly form: AnswerForm; readonly attempt: string },
): Promise<Table> {
  const { path, layout, form, attempt } = of
  const moment = (name: string): string => `epoch_ms(try_cast(${quoteName(name)} as timestamptz))::double`
  const entity = form.entity.map(({ name, type }) => {
    if (type === 'timestamp') return `${moment(name)} as ${quoteName(name)}`
    const sqlType = type === 'numeric' ? 'double' : type === 'boolean' ? 'boolean' : 'varchar'
    return `try_cast(${quoteName(name)} as ${sqlType}) as ${quoteName(name)}`
  })
  const isWhole = !['DOUBLE', 'FLOAT'].includes(layout.outcome.type) && !layout.outcome.type.startsWith('DECIMAL')
  const outcome = quoteName(layout.outcome.name)
  const selected = [
    ...(layout.byEntity ? entity : []),
    isWhole ? `${outcome}::varchar as "outcome of the file"` : `${outcome}::double as "outcome of the file"`,
    ...(layout.byPrediction ? ['prediction_id::varchar as "id of the file"'] : []),
    ...(layout.time ? [`${moment('time')} as "time of the file"`] : []),
    ...(layout.observed ? [`${moment('observed_at')} as "observed of the file"`] : []),
  ]
  return readable(attempt, () => workspace.lake.table(`select ${selected.join(', ')} from ${readerOf(path, attempt)}`))
}

function incomingOf(table: Table, { form, layout }: { form: AnswerForm; layout: Layout }): Incoming {
  const rows: IncomingRow[] = []
  const refused: OutcomeResult[] = []
  const keys = layout.byEntity ? entityKeys(table, form.entity) : null
  const cell = (name: string, row: number): string | number | null => {
    const column = table.columns[`${name} of the file`]
    return column ? cellOf(column, row) : null
  }
  for (let row = 0; row < table.rowCount; row++) {
    const outcome = readOutcome(cell('outcome', row), form)
    if (typeof outcome === 'string') {
      refused.push({ row, status: 'refused', reason: `Cannot take the outcome: ${outcome}` })
      continue
    }
    const predictionId = cell('id', row) as string | null
    rows.push({
      row,
      predictionId,
      entityKey: predictionId === null && keys ? (cellOf(keys, row) as string) : null,
      timeMs: cell('time', row) as number | null,
      label: 'label' in outcome ? outcome.label : null,
      value: 'value' in outcome ? outcome.value : null,
      observedMs: cell('observed', row) as number | null,
    })
  }
  return { rows, refused }
}
