import { messageOf, type Lake, type Table } from '#platform'
import { fail } from '../failures.ts'
import type { RequestQuery } from './request-sql.ts'

type Row = Readonly<Record<string, unknown>>

/**
 * Runs the SQL of a dataset over request rows.
 * @returns a row for each row, in order
 * @throws {Failure} `dataset/requestFailed`, naming the first row that the SQL stops at
 */
export async function runRequest(lake: Lake, { sql }: RequestQuery, rows: readonly Row[]): Promise<Table> {
  try {
    return await lake.table(sql, [JSON.stringify(rows)])
  } catch (error) {
    const place = rows.length === 1 ? 0 : await firstFailing(lake, { sql, rows })
    const reason = (messageOf(error).split('\n')[0] ?? '').replace(/^Cannot run the query: /, '')
    throw fail('requestFailed', `Cannot predict row ${place}: ${reason}`, { cause: error, details: { row: place } })
  }
}

async function firstFailing(lake: Lake, { sql, rows }: { sql: string; rows: readonly Row[] }): Promise<number> {
  for (const [place, row] of rows.entries()) {
    try {
      await lake.run(sql, [JSON.stringify([row])])
    } catch {
      return place
    }
  }
  return 0
}
