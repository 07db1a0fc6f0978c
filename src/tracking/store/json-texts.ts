import { sql, type RawBuilder } from 'kysely'
import { dialectSql, jsonList, jsonObject, listed } from '#platform'
import type { Tracking } from './tables.ts'

/** JSON lists by the number of their run. */
export type Texts = ReadonlyMap<number, string>

/**
 * What was logged to some runs as JSON that the database writes itself: answers hold thousands of such rows, and to make an
 * object of each would take longer than to read them.
 */
export const metricTexts = (tables: Tracking, runs: readonly number[]): Promise<Texts> =>
  textsOf(
    tables,
    sql`select latest.run, ${jsonList(pointObject('latest', { key: sql.ref('key.name') }), sql.ref('latest.metric'))} as text
        from tracking_latest as latest join tracking_keys as key on key.number = latest.metric
        where latest.run in ${listed(runs)} group by latest.run`,
  )

export const paramTexts = (tables: Tracking, runs: readonly number[]): Promise<Texts> =>
  pairTexts(tables, 'tracking_params', runs)

export const tagTexts = (tables: Tracking, runs: readonly number[]): Promise<Texts> =>
  pairTexts(tables, 'tracking_tags', runs)

/** A page of the values of a metric as a JSON list, in the order of their moments, steps and values, and how many they are. */
export async function historyText(
  tables: Tracking,
  run: number,
  { name, offset, limit }: { readonly name: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly text: string; readonly count: number }> {
  const { rows } = await sql<{ text: string; count: number }>`
    select ${jsonList(pointObject('point', { key: textOf(name) }), historyOrder)} as text, count(*) as count
    from (select metric.* from tracking_metrics as metric
          where metric.run = ${run} and metric.metric = (select number from tracking_keys where name = ${name})
          order by metric.at_ms, metric.step, metric.value limit ${limit} offset ${offset}) as point`.execute(tables)
  return rows[0] ?? { text: '[]', count: 0 }
}

const historyOrder = sql`point.at_ms, point.step, point.value`

const pairTexts = (tables: Tracking, table: string, runs: readonly number[]): Promise<Texts> =>
  textsOf(
    tables,
    sql`select one.run, ${jsonList(jsonObject({ key: sql.ref('one.name'), value: sql.ref('one.value') }), sql.ref('one.name'))} as text
        from ${sql.table(table)} as one where one.run in ${listed(runs)} group by one.run`,
  )

/** A value of a metric, with what else is to be said of it; infinities were stored as the largest numbers. */
export function pointObject(table: string, more: Readonly<Record<string, RawBuilder<unknown>>>): RawBuilder<unknown> {
  const [isNan, value] = [sql.ref(`${table}.is_nan`), sql.ref(`${table}.value`)]
  return jsonObject({
    ...more,
    value: dialectSql({
      sqlite: sql`case ${isNan} when 1 then 'NaN' else ${value} end`,
      postgres: sql`case ${isNan} when 1 then to_json('NaN'::text) else to_json(${value}) end`,
    }),
    timestamp: sql.ref(`${table}.at_ms`),
    step: sql.ref(`${table}.step`),
  })
}

/** A text as a value in SQL. */
export const textOf = (text: string): RawBuilder<string> => sql`cast(${text} as text)`

async function textsOf(tables: Tracking, query: RawBuilder<unknown>): Promise<Texts> {
  const { rows } = await (query as RawBuilder<{ run: number; text: string }>).execute(tables)
  return new Map(rows.map(({ run, text }) => [run, text]))
}
