import { cellOf, type Lake, type Table } from '#platform'
import type { FormQuery } from '../request/request-form.ts'
import type { RequestQuery } from '../request/request-sql.ts'
import { runRequest } from '../request/run-request.ts'
import { compileQuery, type CompiledQuery } from './compile-query.ts'
import { madeUpRows } from './made-up-rows.ts'
import type { SourceRow } from './value.ts'

/**
 * Compiles the SQL of a request, and holds it against DuckDB on made-up rows: where the two differ on one that it does
 * not leave to DuckDB, all is left to DuckDB.
 */
export async function checkedQuery(
  lake: Lake,
  { query, made }: { readonly query: FormQuery; readonly made: RequestQuery },
): Promise<CompiledQuery | null> {
  const compiled = compileQuery(query, made)
  if (!compiled) return null
  const rows = madeUpRows(query.source, query.statement)
  const answers = rows.flatMap((row) => {
    const answer = compiled([row])
    return answer ? [{ row, answer }] : []
  })
  return (await isSame(lake, made, answers)) ? compiled : null
}

interface Answer {
  readonly row: SourceRow
  readonly answer: Table
}

async function isSame(lake: Lake, made: RequestQuery, answers: readonly Answer[]): Promise<boolean> {
  if (answers.length === 0) return false
  // A row that DuckDB stops at is one that should have been left to it.
  const given = await runRequest(
    lake,
    made,
    answers.map(({ row }) => row),
  ).catch(() => null)
  return given !== null && answers.every(({ answer }, place) => hasRow(given, place, answer))
}

/** Whether a row of a table holds what the only row of another does, column by column. */
function hasRow(table: Table, row: number, other: Table): boolean {
  const names = Object.keys(table.columns)
  return (
    names.length === Object.keys(other.columns).length &&
    names.every((name) => {
      const [one, two] = [table.columns[name], other.columns[name]]
      return one?.kind === two?.kind && one && two && Object.is(cellOf(one, row), cellOf(two, 0))
    })
  )
}
