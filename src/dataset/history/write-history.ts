import { rm } from 'node:fs/promises'
import { quoteName, quoteText, type Blobs, type Lake } from '#platform'
import type { HistoryTable } from '../schema.ts'
import { historySql, newestRefreshSql, type HistoryInput } from './history-sql.ts'
import type { HistoryPlan } from './plan-history.ts'

/** A history's values, stored for requests and at hand for the rows of the dataset. */
export interface WrittenHistory {
  readonly plan: HistoryPlan
  /** Temporary table of the session with the columns of {@link historySql}. */
  readonly table: string
  readonly stored: HistoryTable
}

/** Computes a history's values into a temporary table and stores them as a Parquet blob. */
export async function writeHistory(
  session: Lake,
  options: { readonly blobs: Blobs; readonly plan: HistoryPlan; readonly input: HistoryInput; readonly table: string },
): Promise<WrittenHistory> {
  const { blobs, plan, input, table } = options
  await session.run(`create or replace temp table ${table} as ${historySql(plan, input)}`)
  const [newest] = await session.rows<{ newest: number | null }>(newestRefreshSql(plan, input))
  const keys = plan.by.map((_, place) => `k${place}`)
  const columns = [
    ...plan.by.map((name, place) => `k${place} as ${quoteName(name)}`),
    'make_timestamp_ms(at_ms) as as_of',
    ...plan.columns.map(({ name }, place) => `v${place} as ${quoteName(name)}`),
  ]
  const file = blobs.scratchPath('parquet')
  try {
    await session.run(
      `copy (select ${columns.join(', ')} from ${table} order by ${[...keys, 'at_ms'].join(', ')})
       to ${quoteText(file)} (format parquet, compression zstd)`,
    )
    const stored: HistoryTable = {
      name: plan.name,
      digest: await blobs.adopt(file),
      by: plan.by,
      columns: plan.columns.map(({ name }) => name),
      everyMs: plan.everyMs,
      counts: plan.aggregate === 'count',
      newestMs: newest?.newest ?? null,
    }
    return { plan, table, stored }
  } finally {
    await rm(file, { force: true })
  }
}
