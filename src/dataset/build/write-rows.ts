import { quoteName, quoteText, type Lake } from '#platform'
import { refreshSql } from '../history/history-sql.ts'
import type { WrittenHistory } from '../history/write-history.ts'
import { rowFileOptions } from './stage-rows.ts'

/** Copies staged rows to a file, in their order, with the point-in-time columns of each history behind them. */
export async function writeRows(
  session: Lake,
  options: {
    readonly from: string
    readonly to: string
    readonly time: string | null
    readonly histories: readonly WrittenHistory[]
  },
): Promise<void> {
  const { from, to, time, histories } = options
  const values = histories.flatMap(({ plan }, at) =>
    plan.columns.map(({ name }, place) => {
      const value = `h${at}.v${place}`
      return `${plan.aggregate === 'count' ? `coalesce(${value}, 0)` : value} as ${quoteName(name)}`
    }),
  )
  const joins = histories.map(({ plan, table }, at) => {
    const same = plan.by.map((name, place) => `h${at}.k${place} = r.${quoteName(name)}`)
    const moment = `h${at}.at_ms = ${refreshSql(plan, `r.${quoteName(time ?? '')}`)}`
    return `left join ${table} h${at} on ${[...same, moment].join(' and ')}`
  })
  const timed = time === null ? '' : `where r.${quoteName(time)} is not null`
  await session.run(
    `copy (select ${['r.* exclude (file_row_number)', ...values].join(', ')}
     from read_parquet(${quoteText(from)}, file_row_number = true) r ${joins.join(' ')} ${timed}
     order by r.file_row_number) to ${quoteText(to)} (${rowFileOptions})`,
  )
}
