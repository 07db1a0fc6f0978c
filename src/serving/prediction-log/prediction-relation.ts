import { access } from 'node:fs/promises'
import type { Field, FieldType } from '#model'
import { quoteName, quoteText, type EpochMs, type Workspace } from '#platform'
import type { LogPart } from '../schema.ts'
import { readParts } from '../store.ts'
import { partPath } from './log-folder.ts'
import { logColumns } from './log-line.ts'

export interface PredictionRelationOptions {
  readonly system: string
  /** From this moment on. */
  readonly fromMs?: EpochMs
  /** Before this moment. */
  readonly toMs?: EpochMs
  /** Inputs that are wanted as columns of their own, named as they are; a moment is epoch milliseconds. */
  readonly inputs?: readonly Field[]
  /** Least and greatest id that are looked for: files that cannot hold one between them are not read. */
  readonly firstId?: string
  readonly lastId?: string
  /** Failures of a version to answer instead of answers. */
  readonly failed?: boolean
}

/**
 * The prediction log of a system as one relation: SQL to stand in a `from`, such as `from ${relation} as p`. It is a
 * view of the moment when it is made; use it soon, since files that were merged into others are removed some minutes later.
 *
 * Columns: id, at_ms, version_id, release_id, arm, request_id, entity_key, inputs (JSON), probabilities (JSON), label,
 * probability, value, decision, threshold, error, and one for each of `inputs`. Rows stand in no order.
 */
export async function predictionRelation(workspace: Workspace, options: PredictionRelationOptions): Promise<string> {
  const { fromMs = -Infinity, toMs = Infinity } = options
  const parts = await readParts(workspace.database, { system: options.system, states: ['open', 'sealed'] })
  const wanted = parts.filter(
    (part) => part.state === 'open' || (overlaps(part, fromMs, toMs) && mayHold(part, options)),
  )
  const conditions = ['id is not null', `error is ${options.failed ? 'not null' : 'null'}`]
  if (fromMs > -Infinity) conditions.push(`at_ms >= ${fromMs}`)
  if (toMs < Infinity) conditions.push(`at_ms < ${toMs}`)
  const columns = [
    ...Object.keys(logColumns),
    ...(options.inputs ?? []).map(({ name, type }) => `${inputSql(name, type)} as ${quoteName(name)}`),
  ]
  const rows = await rowsOf(workspace, wanted)
  return `(select ${columns.join(', ')} from (${rows}) where ${conditions.join(' and ')})`
}

/** SQL of the rows of some parts, with the columns of the log. */
export async function rowsOf(workspace: Workspace, parts: readonly LogPart[]): Promise<string> {
  const paths = (kind: LogPart['kind']): string[] =>
    parts.filter((part) => part.kind === kind).map(({ name }) => partPath(workspace, name))
  const parquet = paths('parquet')
  // A segment is known before its file is made: the gap is the life of a process that died in it.
  const segments = await existing(paths('segment'))
  const names = Object.keys(logColumns).join(', ')
  const reads = [
    // Files of earlier versions lack columns that came later.
    ...(parquet.length > 0
      ? [
          `select ${names} from (${emptySql} union all by name from read_parquet(${listSql(parquet)}, union_by_name = true))`,
        ]
      : []),
    ...(segments.length > 0
      ? [
          `select ${names} from read_json(${listSql(segments)}, format = 'newline_delimited', columns = ${columnsSql}, ignore_errors = true)`,
        ]
      : []),
  ]
  return reads.length > 0 ? reads.join(' union all ') : emptySql
}

const columnsSql = `{${Object.entries(logColumns)
  .map(([name, type]) => `${name}: '${type}'`)
  .join(', ')}}`

const emptySql = `select ${Object.entries(logColumns)
  .map(([name, type]) => `null::${type} as ${name}`)
  .join(', ')} where false`

const listSql = (paths: readonly string[]): string => `[${paths.map(quoteText).join(', ')}]`

function overlaps({ fromMs, toMs }: LogPart, from: EpochMs, to: EpochMs): boolean {
  return fromMs !== null && toMs !== null && fromMs < to && toMs >= from
}

function mayHold(part: LogPart, { firstId, lastId }: PredictionRelationOptions): boolean {
  if (part.firstId === null || part.lastId === null) return false
  return (firstId === undefined || part.lastId >= firstId) && (lastId === undefined || part.firstId <= lastId)
}

function inputSql(name: string, type: FieldType): string {
  const path = quoteText(`$.${JSON.stringify(name)}`)
  const text = `json_extract_string(inputs, ${path})`
  return type === 'categorical' || type === 'text' ? text : `try_cast(${text} as double)`
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  return paths.filter((_, i) => there[i])
}
