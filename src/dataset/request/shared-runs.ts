import { sliceRows, type Lake, type Table } from '#platform'
import type { RequestQuery } from './request-sql.ts'
import { runRequest } from './run-request.ts'

type Row = readonly unknown[]

interface Waiting {
  readonly rows: readonly Row[]
  readonly resolve: (table: Table) => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs the SQL of a dataset over the rows of requests: those that come while it runs share the next run, since what a run
 * costs hardly depends on how many rows it has. Nobody waits when nothing runs.
 * @returns a function that gives a row for each row, in order; one request's mistake is no other's
 */
export function sharedRuns(lake: Lake, query: RequestQuery): (rows: readonly Row[]) => Promise<Table> {
  let waiting: Waiting[] = []
  let isRunning = false

  const runAll = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) {
      const group = takeGroup()
      await runGroup(group)
    }
    isRunning = false
  }
  const takeGroup = (): readonly Waiting[] => {
    let rows = 0
    let count = 0
    while (count < waiting.length && (count === 0 || rows + (waiting[count] as Waiting).rows.length <= mostRows))
      rows += (waiting[count++] as Waiting).rows.length
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return group
  }
  const runGroup = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const made = await runRequest(
        lake,
        query,
        group.length === 1 ? (group[0] as Waiting).rows : group.flatMap(({ rows }) => rows),
      )
      let from = 0
      for (const { rows, resolve } of group) {
        resolve(group.length === 1 ? made : sliceRows(made, from, from + rows.length))
        from += rows.length
      }
    } catch (error) {
      if (group.length === 1) (group[0] as Waiting).reject(error)
      else for (const one of group) await runRequest(lake, query, one.rows).then(one.resolve, one.reject)
    }
  }
  return (rows) =>
    new Promise((resolve, reject) => {
      waiting.push({ rows, resolve, reject })
      if (!isRunning) void runAll()
    })
}

/** Rows of one shared run; a request of more has a run of its own. */
const mostRows = 1024
