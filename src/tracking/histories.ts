import { measureOf } from './found-runs.ts'
import { chartText } from './store/chart-text.ts'
import { historyOf } from './store/metrics.ts'
import type { RunRow, Tracking } from './store/tables.ts'

/** A page of the values of a metric, or of all metrics of a run where no name is given. */
export async function historyPage(
  tables: Tracking,
  run: RunRow,
  page: { readonly name: string | undefined; readonly offset: number; readonly limit: number },
) {
  const found = await historyOf(tables, run.number, { ...page, limit: page.limit + 1 })
  const shown = Map.groupBy(found.slice(0, page.limit), ({ name }) => name)
  return {
    metrics: Array.from(shown, ([name, points]) => ({ name, points: points.map(measureOf) })),
    nextOffset: found.length > page.limit ? page.offset + page.limit : null,
  }
}

/** At most `most` values of a metric, evenly spread, the first and the last among them. */
export async function rolledUpHistory(
  tables: Tracking,
  run: RunRow,
  { name, most }: { readonly name: string; readonly most: number },
) {
  const text = await chartText(tables, {
    runs: new Map([[run.id, run.number]]),
    name,
    fromStep: Number.MIN_SAFE_INTEGER,
    toStep: Number.MAX_SAFE_INTEGER,
    most,
  })
  const points = JSON.parse(text) as { step: number; timestamp: number; value: number | 'NaN' }[]
  return { name, points: points.map(({ step, timestamp: atMs, value }) => ({ step, atMs, value })) }
}
