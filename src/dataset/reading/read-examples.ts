import { quoteName, quoteText, type Column, type Table, type Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { Dataset, DatasetColumn, Examples } from '../schema.ts'
import { suggestion } from '../sql/nearest-name.ts'
import { columnReader, type ColumnReader } from './column-reader.ts'
import { rowHash, sampleThreshold } from './row-hash.ts'
import { readTarget } from './read-target.ts'

export interface ReadOptions {
  /** First moment. */
  readonly fromMs?: number | undefined
  /** Just after the last moment. */
  readonly toMs?: number | undefined
  /** Outcomes that were not known then are missing: those of rows with time + outcomeAfter > knownAtMs. */
  readonly knownAtMs?: number | undefined
  /** Leave out rows whose outcome is missing. */
  readonly onlyKnown?: boolean | undefined
  /** Rows at most: a sample beyond it, the same for the same seed. */
  readonly maxRows?: number | undefined
  readonly seed?: number | string | undefined
  /** Columns to read beside inputs and entity, such as those of slices. */
  readonly columns?: readonly string[] | undefined
  /** Classes in another order than the dataset's, such as a champion's; a class that is not listed is missing. */
  readonly targets?: { readonly classes: readonly string[] } | undefined
}

/**
 * Reads rows of a dataset in the order of time, with what was known of their outcomes at a moment.
 * @throws {Failure} `dataset/noTime` when a span of time is asked of a dataset without one, `dataset/unknownColumn`
 */
export async function readExamples(
  workspace: Workspace,
  dataset: Dataset,
  options: ReadOptions = {},
): Promise<Examples> {
  const byName = new Map(dataset.columns.map((column) => [column.name, column]))
  const inTable = [
    ...new Set([...dataset.inputs.map(({ name }) => name), ...dataset.entity, ...(options.columns ?? [])]),
  ]
  const places = [dataset.target, dataset.time, dataset.weight].filter((name) => name !== null)
  const names = [...new Set([...inTable, ...places])]
  const readers = new Map<string, ColumnReader>()
  for (const name of names) readers.set(name, await columnReader(workspace, columnNamed(name, { byName, dataset })))
  const selected = names.map((name, place) => `${(readers.get(name) as ColumnReader).sql} as c${place}`)
  const fetched = await workspace.lake.table(
    `select cast(file_row_number as integer) as row, ${selected.join(', ')} from ${await chosenRows(workspace, dataset, options)}`,
  )
  const column = (name: string): Column =>
    (readers.get(name) as ColumnReader).decode(fetched.columns[`c${names.indexOf(name)}`] as Column)
  const times = dataset.time === null ? null : numbers(column(dataset.time))
  const knownUntil = options.knownAtMs === undefined ? Infinity : options.knownAtMs - dataset.outcomeAfterMs
  const isKnown = (row: number): boolean => times === null || (times[row] as number) <= knownUntil
  const type = (byName.get(dataset.target) as DatasetColumn).type
  const classes = options.targets?.classes ?? dataset.classes
  const { target, known } = readTarget(column(dataset.target), { task: dataset.task, type, classes, isKnown })
  const table: Table = {
    rowCount: fetched.rowCount,
    columns: Object.fromEntries(inTable.map((name) => [name, column(name)])),
  }
  return {
    table,
    target,
    known,
    times,
    rowNumbers: numbers(fetched.columns['row'] as Column),
    outcomeAfterMs: dataset.outcomeAfterMs,
    ...(dataset.weight !== null && { weights: numbers(column(dataset.weight)) }),
  }
}

function columnNamed(
  name: string,
  { byName, dataset }: { byName: ReadonlyMap<string, DatasetColumn>; dataset: Dataset },
): DatasetColumn {
  const column = byName.get(name)
  if (column) return column
  throw fail(
    'unknownColumn',
    `Cannot read '${name}' of the dataset of '${dataset.system}': it has no such column${suggestion(name, [...byName.keys()])}`,
    { details: { column: name } },
  )
}

const numbers = (column: Column): Float64Array => (column.kind === 'number' ? column.values : new Float64Array(0))

/** SQL of the rows asked for: the Parquet file, the conditions, and the sample where there would be too many. */
async function chosenRows({ lake, blobs }: Workspace, dataset: Dataset, options: ReadOptions): Promise<string> {
  const conditions = conditionsOf(dataset, options)
  const where = (more: readonly string[]): string => (more.length === 0 ? '' : ` where ${more.join(' and ')}`)
  await blobs.bringHere([dataset.digest])
  const file = `read_parquet(${quoteText(blobs.pathOf(dataset.digest))}, file_row_number = true)`
  const { maxRows } = options
  if (maxRows === undefined || dataset.rows <= maxRows) return file + where(conditions)
  const found = await lake.table(`select cast(file_row_number as integer) as row from ${file}${where(conditions)}`)
  if (found.rowCount <= maxRows) return file + where(conditions)
  const hash = rowHash(options.seed ?? 0)
  const rows = numbers(found.columns['row'] as Column)
  const sampled = maxRows < 1 ? 'false' : `${hash.column} <= ${sampleThreshold(rows, { hash, count: maxRows })}`
  return `${hash.over(file)}${where([...conditions, sampled])}`
}

function conditionsOf(dataset: Dataset, options: ReadOptions): string[] {
  const { fromMs, toMs, knownAtMs, onlyKnown } = options
  if (dataset.time === null && (fromMs !== undefined || toMs !== undefined))
    throw fail('noTime', `Cannot read a span of the dataset of '${dataset.system}': it has no time column`)
  const conditions: string[] = []
  const time = dataset.time === null ? undefined : quoteName(dataset.time)
  if (fromMs !== undefined) conditions.push(`${time} >= ${moment(fromMs)}`)
  if (toMs !== undefined) conditions.push(`${time} < ${moment(toMs)}`)
  if (!onlyKnown) return conditions
  conditions.push(`${quoteName(dataset.target)} is not null`)
  // A moment counts by its millisecond, so what lies within the last one is in.
  if (time !== undefined && knownAtMs !== undefined)
    conditions.push(`${time} < ${moment(Math.floor(knownAtMs - dataset.outcomeAfterMs) + 1)}`)
  return conditions
}

const moment = (ms: number): string => `make_timestamp_ms(${Math.ceil(ms)})`
