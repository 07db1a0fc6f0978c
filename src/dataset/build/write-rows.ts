import { quoteName, quoteText, type Lake } from '#platform'
import { refreshSql } from '../history/history-sql.ts'
import type { WrittenHistory } from '../history/write-history.ts'
import { rowFileOptions } from './stage-rows.ts'

/**
 * Copies staged rows to a file, in their order, with the point-in-time columns of each history behind them.
 *
 * Joins lose the order of rows. So the values alone, which are narrow, are brought into it again and laid beside the
 * rows: sorting whole rows would take twice the time and memory.
 */
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
  const timed = time === null ? '' : ` where ${quoteName(time)} is not null`
  const values = histories.length === 0 ? '' : ` positional join (${valuesSql({ from, time, histories })})`
  await session.run(
    `copy (select * from read_parquet(${quoteText(from)})${values}${timed}) to ${quoteText(to)} (${rowFileOptions})`,
  )
}

function valuesSql({
  from,
  time,
  histories,
}: {
  from: string
  time: string | null
  histories: readonly WrittenHistory[]
}): string {
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
  return `select ${values.join(', ')} from read_parquet(${quoteText(from)}, file_row_number = true) r
    ${joins.join(' ')} order by r.file_row_number`
}
