import { sql, type RawBuilder } from 'kysely'
import { jsonList, listed } from '#platform'
import { pointObject, textOf } from './json-texts.ts'
import { readKeys } from './metrics.ts'
import type { Tracking } from './tables.ts'

/** What a chart shows of a metric. */
export interface Chart {
  /** Numbers of the runs by their ids. */
  readonly runs: ReadonlyMap<string, number>
  readonly name: string
  readonly fromStep: number
  readonly toStep: number
  /** Steps that there may be, 1 or more. */
  readonly most: number
}

/**
 * Values of a metric of some runs for a chart, as a JSON list by run and step: at most about `most` steps, evenly spread over
 * those that any of the runs has, and the first and the last of each run. A history is not read for it, however long: the
 * index by step is asked at as many places as the chart has.
 */
export async function chartText(tables: Tracking, chart: Chart): Promise<string> {
  const metric = (await readKeys(tables, new Set([chart.name]))).get(chart.name)
  if (metric === undefined) return '[]'
  const steps = await shownSteps(tables, { ...chart, metric })
  const point = pointObject('point', { key: textOf(chart.name), run_id: sql.ref('point.id') })
  const { rows } = await sql<{ text: string }>`
    select ${jsonList(point, sql`point.id, point.step, point.at_ms, point.value`)} as text
    from (select metric.*, run.id from tracking_metrics as metric join tracking_runs as run on run.number = metric.run
          where metric.run in ${listed([...chart.runs.values()])} and metric.metric = ${metric} and metric.step in ${listed(steps)}
          order by run.id, metric.step, metric.at_ms, metric.value) as point`.execute(tables)
  return rows[0]?.text ?? '[]'
}

type Asked = Chart & { readonly metric: number }

async function shownSteps(tables: Tracking, asked: Asked): Promise<readonly number[]> {
  const { most } = asked
  const all = await stepsOf(
    tables,
    sql`select distinct step from tracking_metrics where ${scopeOf(asked)} limit ${most + 1}`,
  )
  if (all.length <= most) return all
  const ends = await endsOf(tables, asked)
  const near = await stepsNear(tables, { ...asked, ends })
  // Where they lie in heaps, places at even distances meet few of them.
  const spread = near.length * 2 >= most ? near : await stepsByRank(tables, asked)
  return [...new Set([...spread, ...ends.flatMap(({ first, last }) => [first, last])])]
}

interface Ends {
  readonly first: number
  readonly last: number
}

/** The first and the last step of each run that has any. */
async function endsOf(tables: Tracking, { runs, metric, fromStep, toStep }: Asked): Promise<readonly Ends[]> {
  const end = (what: RawBuilder<unknown>) =>
    sql`(select ${what} from tracking_metrics
      where run = run.number and metric = ${metric} and step between ${fromStep} and ${toStep})`
  const { rows } = await sql<{ first: number | null; last: number | null }>`
    select ${end(sql`min(step)`)} as first, ${end(sql`max(step)`)} as last
    from tracking_runs as run where run.number in ${listed([...runs.values()])}`.execute(tables)
  return rows.flatMap(({ first, last }) => (first === null || last === null ? [] : [{ first, last }]))
}

/** The first step at each of some places at even distances. */
async function stepsNear(
  tables: Tracking,
  { runs, metric, most, ends }: Asked & { readonly ends: readonly Ends[] },
): Promise<readonly number[]> {
  const run = sql.ref('run.number')
  const numbers = listed([...runs.values()])
  const first = ends.reduce((least, end) => Math.min(least, end.first), Infinity)
  const last = ends.reduce((greatest, end) => Math.max(greatest, end.last), -Infinity)
  const places = Array.from(
    { length: most },
    (_, place) => first + Math.floor((place / Math.max(most - 1, 1)) * (last - first)),
  )
  return stepsOf(
    tables,
    sql`select min(near.step) as step from (
      select place.value as place, (select min(step) from tracking_metrics
        where run = ${run} and metric = ${metric} and step between place.value and ${last}) as step
      from ${listed(places)} as place cross join tracking_runs as run where run.number in ${numbers}) as near
    group by near.place`,
  )
}

/** Every so many of the steps, as they follow each other: each is looked at. */
function stepsByRank(tables: Tracking, asked: Asked): Promise<readonly number[]> {
  return stepsOf(
    tables,
    sql`with placed as (
      select step, row_number() over (order by step) - 1 as place, count(*) over () as total
      from (select distinct step from tracking_metrics where ${scopeOf(asked)}) as steps
    ) select step from placed where place % ((total + ${asked.most} - 1) / ${asked.most}) = 0 or place = total - 1`,
  )
}

const scopeOf = ({ runs, metric, fromStep, toStep }: Asked): RawBuilder<unknown> =>
  sql`run in ${listed([...runs.values()])} and metric = ${metric} and step between ${fromStep} and ${toStep}`

async function stepsOf(tables: Tracking, query: RawBuilder<unknown>): Promise<readonly number[]> {
  const { rows } = await (query as RawBuilder<{ step: number }>).execute(tables)
  return rows.map(({ step }) => step)
}
