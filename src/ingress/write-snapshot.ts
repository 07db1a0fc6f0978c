import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { messageOf, quoteName, quoteText, storageFailure, type Blobs, type Lake } from '#platform'
import { isMoment, typeFamily, unifyTypes } from './column-types.ts'
import type { Part } from './readers/part.ts'
import type { SnapshotColumn } from './schema.ts'
import type { Shape } from './schema-changes.ts'

/** Rows of the time column that are taken: later than the cursor, not later than now, in microseconds. */
export interface TimeRange {
  readonly column: string
  readonly afterUs: number | null
  readonly untilUs: number
}

/** A Parquet file in the making and what it holds. */
export interface WrittenRows {
  /** A scratch file of the blobs. */
  readonly path: string
  readonly rows: number
  readonly columns: readonly SnapshotColumn[]
  readonly minTimeUs: number | null
  readonly maxTimeUs: number | null
}

/**
 * Writes the rows of some parts, one after the other, to one Parquet file: columns by name in the order in which they
 * appear, each of the type that holds the values of all parts. A lone Parquet file whose rows are all taken is copied.
 */
export async function writeSnapshot(
  parts: readonly Part[],
  context: {
    readonly lake: Lake
    readonly blobs: Blobs
    readonly known: Shape
    readonly time: string | undefined
    /** With the cursor `time` only. */
    readonly range: TimeRange | undefined
    /** Collects the file, for the case that nobody adopts it. */
    readonly scratch: string[]
  },
): Promise<WrittenRows> {
  const { lake, blobs, range } = context
  const columns = columnsOf(parts, context.known)
  const path = blobs.scratchPath('parquet')
  context.scratch.push(path)
  const [only] = parts
  const isWhole = (part: Part): boolean =>
    parts.length === 1 && part.sql === wholeParquet(part.readPath) && hasTypes(part, columns)
  if (only && isWhole(only) && (!range || (await isAllTaken(lake, { part: only, range })))) {
    await copy(only.readPath, path)
  } else {
    const sql = parts.map((part) => alignedSql(part, { columns, range })).join('\nunion all\n')
    await lake
      .run(`copy (${sql}) to ${quoteText(path)} (format parquet, compression zstd, row_group_size ${rowGroupSize})`)
      .catch((error: unknown) => {
        throw readFailure(parts, error)
      })
  }
  return { path, ...(await factsOf(lake, { path, columns, time: context.time })) }
}

const wholeParquet = (path: string): string => `select * from read_parquet(${quoteText(path)})`

/** Rows of a group, which DuckDB hands to one thread and skips as one by its least and largest values. */
const rowGroupSize = 122_880

interface AlignedColumn {
  readonly name: string
  readonly type: string
}

function columnsOf(parts: readonly Part[], known: Shape): readonly AlignedColumn[] {
  const types = new Map<string, string | null>()
  for (const part of parts) {
    for (const { name, type, filled } of part.columns) {
      const before = types.get(name)
      if (before === undefined || before === null) types.set(name, filled ? type : null)
      else if (filled) types.set(name, unifyTypes(before, type))
    }
  }
  return [...types].map(([name, type]) => {
    const before = known[name]?.type ?? null
    if (type === null) return { name, type: before ?? declaredType(parts, name) }
    return { name, type: before !== null && typeFamily(before) === typeFamily(type) ? unifyTypes(before, type) : type }
  })
}

const declaredType = (parts: readonly Part[], name: string): string =>
  parts.flatMap((part) => part.columns).findLast((column) => column.name === name)?.type ?? 'VARCHAR'

const hasTypes = (part: Part, columns: readonly AlignedColumn[]): boolean =>
  columns.every(({ name, type }, place) => part.columns[place]?.name === name && part.columns[place].type === type)

function alignedSql(
  part: Part,
  { columns, range }: { readonly columns: readonly AlignedColumn[]; readonly range: TimeRange | undefined },
): string {
  const own = new Map(part.columns.map((column) => [column.name, column.type]))
  const cells = columns.map(({ name, type }) => {
    const has = own.get(name)
    if (has === type) return quoteName(name)
    return `${has === undefined ? 'null' : quoteName(name)}::${type} as ${quoteName(name)}`
  })
  return `select ${cells.join(', ')} from (${part.sql})${range ? ` where ${isTaken(range)}` : ''}`
}

function isTaken({ column, afterUs, untilUs }: TimeRange): string {
  const moment = `${quoteName(column)}::timestamp`
  const after = afterUs === null ? '' : `${moment} > make_timestamp(${afterUs}) and `
  return `${after}${moment} <= make_timestamp(${untilUs})`
}

async function isAllTaken(lake: Lake, { part, range }: { part: Part; range: TimeRange }): Promise<boolean> {
  const [row] = await lake.rows<{ left_out: number }>(
    `select count(*) - count_if(${isTaken(range)}) as left_out from (${part.sql})`,
  )
  return row?.left_out === 0
}

/** Copies bytes; where the file system can share them, without writing any. */
async function copy(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
  } catch (error) {
    throw storageFailure(`copy '${from}'`, error)
  }
}

async function factsOf(
  lake: Lake,
  {
    path,
    columns,
    time,
  }: { readonly path: string; readonly columns: readonly AlignedColumn[]; readonly time: string | undefined },
): Promise<Omit<WrittenRows, 'path'>> {
  const counts = columns.map(({ name }, place) => `count(${quoteName(name)}) as ${quoteName(`c${place}`)}`)
  const timed = columns.find((column) => column.name === time && isMoment(column.type))
  const moment = timed && `${quoteName(timed.name)}::timestamp`
  const range = moment ? [`epoch_us(min(${moment})) as min_us`, `epoch_us(max(${moment})) as max_us`] : []
  const [row] = await lake.rows<Record<string, number | null>>(
    `select ${['count(*) as "rows"', ...range, ...counts].join(', ')} from read_parquet(${quoteText(path)})`,
  )
  const rows = row?.['rows'] ?? 0
  return {
    rows,
    columns: columns.map(({ name, type }, place) => ({ name, type, nulls: rows - (row?.[`c${place}`] ?? 0) })),
    minTimeUs: row?.['min_us'] ?? null,
    maxTimeUs: row?.['max_us'] ?? null,
  }
}

/** The failure of the file that an error is about. */
function readFailure(parts: readonly Part[], error: unknown): unknown {
  const message = messageOf(error)
  const part = parts.find(({ readPath, file }) => message.includes(readPath) || message.includes(file.path)) ?? parts[0]
  return part ? part.explain(error) : error
}
