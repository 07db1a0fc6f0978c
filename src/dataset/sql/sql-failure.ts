import { isFailure, messageOf, type Failure } from '#platform'
import { fail } from '../failures.ts'
import { nearestName, suggestion } from './nearest-name.ts'
import { placeInSql } from './place-in-sql.ts'

/** What DuckDB says about an error after `set errors_as_json = true`. */
export interface DuckDbError {
  readonly exception_type: string
  readonly exception_message: string
  readonly error_subtype?: string
  readonly type?: string
  readonly name?: string
  readonly candidates?: string
  /** Offset in bytes in the whole statement. */
  readonly position?: string
}

export interface SqlAttempt {
  /** What was being done: 'Cannot build the dataset of …'. */
  readonly attempt: string
  readonly sql: string
  /** Bytes that stand before `sql` in the statement that ran. */
  readonly offset: number
  /** Names of the tables that the SQL may read. */
  readonly tables: readonly string[]
}

/** Turns what DuckDB says about a statement into a failure with its place; anything else comes back as it is. */
export function sqlFailure(error: unknown, tried: SqlAttempt): unknown {
  const told = duckDbError(error)
  if (!told) return error
  const position = told.position === undefined ? undefined : Number(told.position) - tried.offset
  const { attempt, sql, tables } = tried
  if (told.exception_type === 'Catalog' && told.type === 'Table' && told.name !== undefined)
    return unknownTable({ attempt, sql, tables, name: told.name, position })
  const message = (told.exception_message.split('\n')[0] ?? '').replace(/[.!]$/, '')
  const nearest = told.name === undefined ? undefined : nearestName(told.name, (told.candidates ?? '').split(','))
  const meant = nearest === undefined ? '' : `; did you mean '${nearest}'?`
  const refused = planningErrors.has(told.exception_type)
  return at(refused ? 'badSql' : 'sqlFailed', { attempt, sql, position, message: `${message}${meant}`, cause: error })
}

/** The failure of a statement that reads a table which is no source. */
export function unknownTable(options: {
  attempt: string
  sql: string
  tables: readonly string[]
  name: string
  position: number | undefined
}): Failure {
  const { attempt, sql, tables, name, position } = options
  const message = `there is no source '${name}'${suggestion(name, tables)}`
  return at('unknownTable', { attempt, sql, position, message, details: { table: name, sources: tables } })
}

/** A failure that shows its place in the statement, where that is known. */
export function at(
  code: Parameters<typeof fail>[0],
  options: {
    attempt: string
    sql: string
    position: number | undefined
    message: string
    details?: Readonly<Record<string, unknown>>
    cause?: unknown
  },
): Failure {
  const { attempt, sql, position, message, cause } = options
  const known = position !== undefined && position >= 0 && position <= Buffer.byteLength(sql)
  if (!known) return fail(code, `${attempt}: ${message}`, { cause, details: { ...options.details } })
  const { line, column, shown } = placeInSql(sql, position)
  return fail(code, `${attempt}: line ${line}, column ${column}: ${message}\n\n${shown}`, {
    cause,
    details: { ...options.details, line, column },
  })
}

/** Kinds of error that are known before a row is read. */
const planningErrors: ReadonlySet<string> = new Set(['Parser', 'Binder', 'Catalog', 'Syntax', 'Parameter Not Resolved'])

/** What DuckDB says about an error; undefined for errors of another making. */
export function duckDbError(error: unknown): DuckDbError | undefined {
  if (isFailure(error) && error.code !== 'platform/badSql') return undefined
  const text = messageOf(error)
  const start = text.indexOf('{"exception_type"')
  if (start < 0) return undefined
  try {
    return JSON.parse(text.slice(start)) as DuckDbError
  } catch {
    return undefined
  }
}
