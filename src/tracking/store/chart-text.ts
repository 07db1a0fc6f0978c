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
  /** Values that there may be of each run, 1 or more. */
  readonly most: number
}

/**
 * Values of a metric of some runs for a chart, as a JSON list: run after run, by step, moment and value. Of each run they
 * are at most `most`, and those that MLflow chooses: the first of each of so many equal parts of the history, and the last
 * of all in place of that of the last part. A history of more than {@link mostNumbered} values is not read for it, however
 * long: the index by step is asked at as many places, at even distances, as the chart has.
 */
export async function chartText(tables: Tracking, { runs, name, ...shown }: Chart): Promise<string> {
  const metric = (await readKeys(tables, new Set([name]))).get(name)
  if (metric === undefined) return '[]'
  const texts: string[] = []
  // One after the other: others are answered in between.
  for (const [id, run] of runs) {
    const point = pointObject('point', { key: textOf(name), run_id: textOf(id) })
    const { rows } = await sql<{ text: string }>`
      select ${jsonList(point, orderOf('point'))} as text
      from (${await shownRows(tables, { ...shown, run, metric })}) as point`.execute(tables)
    texts.push(...rows.map(({ text }) => text.slice(1, -1)))
  }
  return `[${texts.filter((text) => text !== '').join(',')}]`
}

/** Histories up to this length are numbered through to choose from: this many take about ten milliseconds. */
const mostNumbered = 10_000

/** The history of a run that values are chosen from. */
interface Asked extends Omit<Chart, 'runs' | 'name'> {
  readonly run: number
  readonly metric: number
}

/** The query for the values that are shown, in their order. */
async function shownRows(tables: Tracking, asked: Asked): Promise<RawBuilder<unknown>> {
  const count = await countOf(tables, asked, mostNumbered + 1)
  if (count <= asked.most)
    return sql`select metric.* from tracking_metrics as metric where ${scopeOf(asked)} order by ${orderOf('metric')}`
  if (count <= mostNumbered) return rowsByNumber(asked, count)
  const ends = await endsOf(tables, asked)
  const steps = await stepsNear(tables, { ...asked, ...ends })
  // Where they lie in heaps, places at even distances meet few of them.
  const isSpread = steps.length * 2 >= asked.most
  return isSpread ? rowsAtSteps({ ...asked, ...ends }, steps) : rowsByNumber(asked, await countOf(tables, asked))
}

/** How many values there are, up to a limit where one is given. */
async function countOf(tables: Tracking, asked: Asked, limit?: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (select 1 from tracking_metrics as metric where ${scopeOf(asked)}
      ${limit === undefined ? sql`` : sql`limit ${limit}`}) as counted`.execute(tables)
  return rows[0]?.count ?? 0
}

/** The first value of each of `most` parts of equal length (the first ones are longer by one where that does not divide). */
function rowsByNumber(asked: Asked, count: number): RawBuilder<unknown> {
  const { most } = asked
  const starts = Array.from(
    { length: most },
    (_, part) => part * Math.floor(count / most) + Math.min(part, count % most),
  )
  return sql`select * from (
      select metric.*, row_number() over (order by ${orderOf('metric')}) - 1 as place
      from tracking_metrics as metric where ${scopeOf(asked)}) as placed
    where place in ${listed([...starts.slice(0, -1), count - 1])} order by place`
}

interface Ends {
  readonly first: number
  readonly last: number
}

/** The first and the last step. */
async function endsOf(tables: Tracking, asked: Asked): Promise<Ends> {
  const end = (what: RawBuilder<unknown>) =>
    sql`(select ${what} from tracking_metrics as metric where ${scopeOf(asked)})`
  const { rows } = await sql<Ends>`select ${end(sql`min(step)`)} as first, ${end(sql`max(step)`)} as last`.execute(
    tables,
  )
  return rows[0] as Ends
}

/** The first step at each of some places at even distances. */
async function stepsNear(tables: Tracking, { first, last, ...asked }: Asked & Ends): Promise<readonly number[]> {
  const { most } = asked
  const places = Array.from(
    { length: most },
    (_, place) => last - Math.floor(((most - 1 - place) / Math.max(most - 1, 1)) * (last - first)),
  )
  const { rows } = await sql<{ step: number }>`
    select distinct (select min(step) from tracking_metrics as metric
      where ${scopeOf({ ...asked, fromStep: sql.ref<number>('place.value'), toStep: last })}) as step
    from ${listed(places)} as place`.execute(tables)
  return rows.map(({ step }) => step)
}

/** The first value at each of some steps, and the last at the last. */
const rowsAtSteps = ({ last, ...asked }: Asked & Ends, steps: readonly number[]): RawBuilder<unknown> =>
  sql`select * from (
      select metric.*, row_number() over (partition by metric.step order by ${orderOf('metric')}) as place,
        count(*) over (partition by metric.step) as places
      from tracking_metrics as metric where ${scopeOf(asked)} and metric.step in ${listed(steps)}) as placed
    where place = case step when ${last} then places else 1 end order by step`

/** Values of a run from one step to another, which lie together in the index by steps. */
interface Span {
  readonly run: number
  readonly metric: number
  readonly fromStep: number | RawBuilder<number>
  readonly toStep: number
}

const scopeOf = ({ run, metric, fromStep, toStep }: Span): RawBuilder<unknown> =>
  sql`metric.run = ${run} and metric.metric = ${metric} and metric.step between ${fromStep} and ${toStep}`

const orderOf = (table: string): RawBuilder<unknown> =>
  sql.join(['step', 'at_ms', 'value', 'is_nan'].map((column) => sql.ref(`${table}.${column}`)))
