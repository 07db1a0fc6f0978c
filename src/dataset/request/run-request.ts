import { messageOf, type Lake, type Table } from '#platform'
import { fail } from '../failures.ts'
import type { RequestQuery } from './request-sql.ts'

type Row = readonly unknown[]

/**
 * Runs the SQL of a dataset over request rows, whose values stand in the order of the columns of its source.
 * @returns a row for each row, in order
 * @throws {Failure} `dataset/requestFailed`, naming the first row that the SQL stops at
 */
export async function runRequest(lake: Lake, query: RequestQuery, rows: readonly Row[]): Promise<Table> {
  try {
    return await lake.table(query.sql, [rowsJson(query, rows)])
  } catch (error) {
    const place = rows.length === 1 ? 0 : await firstFailing(lake, query, rows)
    const reason = (messageOf(error).split('\n')[0] ?? '').replace(/^Cannot run the query: /, '')
    throw fail('requestFailed', `Cannot predict row ${place}: ${reason}`, { cause: error, details: { row: place } })
  }
}

async function firstFailing(lake: Lake, query: RequestQuery, rows: readonly Row[]): Promise<number> {
  for (const [place, row] of rows.entries()) {
    try {
      await lake.run(query.sql, [rowsJson(query, [row])])
    } catch {
      return place
    }
  }
  return 0
}

/** The rows as the SQL takes them. */
function rowsJson({ source }: RequestQuery, rows: readonly Row[]): string {
  return JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        source.map(({ name, isMoment }, place) => {
          const value = row[place]
          return [name, isMoment && typeof value === 'number' ? new Date(value).toISOString().replace('Z', '') : value]
        }),
      ),
    ),
  )
}
