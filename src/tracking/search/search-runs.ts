import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { dialectSql, listed } from '#platform'
import { invalid } from '../mlflow/mlflow-failure.ts'
import type { LifecycleState } from '../schema.ts'
import type { RunRow, Tracking } from '../store/tables.ts'
import { parseFilter, parseOrders } from './parse-filter.ts'
import { metricNumbers, runCondition, runOrder, type RunCondition, type RunOrder } from './run-conditions.ts'

export interface RunSearch {
  /** Numbers of experiments. */
  readonly experiments: readonly number[]
  readonly states: readonly LifecycleState[]
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly offset: number
  readonly limit: number
}

/**
 * Runs that match, in the order asked, and then the newest first.
 *
 * Which way leads to them is decided by looking: where few runs meet one of the conditions, those are looked at and
 * sorted; else, where the order is by a metric, its values are walked in their order until there are enough.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`
 */
export async function searchRuns(tables: Tracking, search: RunSearch): Promise<RunRow[]> {
  const { experiments } = search
  const clauses = parseFilter(search.filter)
  const terms = parseOrders(search.orderBy)
  const metrics = await metricNumbers(tables, [...clauses, ...terms])
  const conditions = clauses.map((clause) => runCondition(clause, { metrics, experiments }))
  const orders = terms.map((term) => runOrder(term, metrics))
  holdDistinct(
    terms.map(({ entity, key }) => `${entity}.${key}`),
    search.orderBy,
  )
  if (experiments.length === 0) return []
  const few = await fewestRuns(tables, conditions)
  const [first] = orders
  const isWalk = few === undefined && orders.length === 1 && experiments.length === 1
  const walked = isWalk && first && 'metric' in first ? first.metric : null
  return walked === null
    ? sorted(tables, { search, conditions, orders, few })
    : walk(tables, { search, conditions, metric: walked, ascending: (first as RunOrder).ascending })
}

/** The condition that the fewest runs meet, where those are few. */
async function fewestRuns(
  tables: Tracking,
  conditions: readonly RunCondition[],
): Promise<RawBuilder<unknown> | undefined> {
  let few: RawBuilder<unknown> | undefined
  let least = fewRuns
  for (const { runs } of conditions) {
    if (!runs) continue
    const { rows } = await sql<{
      found: number
    }>`select count(*) as found from (${runs} limit ${least}) as found`.execute(tables)
    const found = rows[0]?.found ?? 0
    if (found >= least) continue
    least = found
    few = runs
  }
  return few
}

interface Plan {
  readonly search: RunSearch
  readonly conditions: readonly RunCondition[]
}

/** Looks at all runs, or at those of a condition that few meet, and sorts what matches. */
async function sorted(
  tables: Tracking,
  plan: Plan & { readonly orders: readonly RunOrder[]; readonly few: RawBuilder<unknown> | undefined },
): Promise<RunRow[]> {
  const { search, orders, few } = plan
  const from = few
    ? sql`(${few}) as few ${inThisOrder} tracking_runs as run on run.number = few.run`
    : sql`tracking_runs as run`
  const joins = orders.map((order, place) =>
    'metric' in order
      ? sql` left join tracking_latest as ${sql.table(`by${place}`)} on ${sql.ref(`by${place}.run`)} = run.number and ${sql.ref(`by${place}.metric`)} = ${order.metric ?? -1}`
      : sql``,
  )
  const terms = orders.flatMap((order, place) => {
    const way = sql.raw(order.ascending ? 'asc' : 'desc')
    if (!('metric' in order)) return [sql`${order.sql} is null`, sql`${order.sql} ${way}`]
    const [isNan, value] = [sql.ref(`by${place}.is_nan`), sql.ref(`by${place}.value`)]
    return [sql`${value} is null`, isNan, sql`${value} ${way}`]
  })
  const { rows } = await sql<RunRow>`
    select run.* from ${from}${sql.join(joins, sql``)} where ${inScope(plan)}
    order by ${sql.join([...terms, sql`run.started_at_ms desc`, sql`run.id`])} limit ${search.limit} offset ${search.offset}`.execute(
    tables,
  )
  return rows
}

/** Walks the values of a metric in their order: first numbers, then NaN, last the runs that lack it. */
async function walk(
  tables: Tracking,
  plan: Plan & { readonly metric: number; readonly ascending: boolean },
): Promise<RunRow[]> {
  const { search, metric } = plan
  const way = sql.raw(plan.ascending ? 'asc' : 'desc')
  const [experiment] = search.experiments as [number]
  const having = (isNan: 0 | 1) => ({
    from: sql`tracking_latest as latest ${inThisOrder} tracking_runs as run on run.number = latest.run`,
    where: sql`latest.experiment = ${experiment} and latest.metric = ${metric} and latest.is_nan = ${isNan} and ${inScope(plan)}`,
    order: sql`latest.value ${way}, run.started_at_ms desc, run.id`,
  })
  const lacking = {
    from: sql`tracking_runs as run`,
    where: sql`not exists (select 1 from tracking_latest as latest where latest.run = run.number and latest.metric = ${metric}) and ${inScope(plan)}`,
    order: sql`run.started_at_ms desc, run.id`,
  }
  const found: RunRow[] = []
  let { offset } = search
  for (const { from, where, order } of [having(0), having(1), lacking]) {
    const limit = search.limit - found.length
    if (limit === 0) break
    const page =
      await sql<RunRow>`select run.* from ${from} where ${where} order by ${order} limit ${limit} offset ${offset}`.execute(
        tables,
      )
    found.push(...page.rows)
    if (page.rows.length === limit) break
    offset = found.length > 0 ? 0 : offset - (await count(tables, from, where))
  }
  return found
}

async function count(tables: Tracking, from: RawBuilder<unknown>, where: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ found: number }>`select count(*) as found from ${from} where ${where}`.execute(tables)
  return rows[0]?.found ?? 0
}

function inScope({ search, conditions }: Plan): RawBuilder<SqlBool> {
  const { experiments, states } = search
  const scope = [
    experiments.length === 1 ? sql`run.experiment = ${experiments[0]}` : sql`run.experiment in ${listed(experiments)}`,
    states.length === 1 ? sql`run.state = ${states[0]}` : sql`run.state in ${listed(states)}`,
  ]
  return sql`${sql.join([...scope, ...conditions.map((condition) => condition.sql)], sql` and `)}`
}

/** SQLite takes the tables of this join as they are written; PostgreSQL knows from its statistics. */
const inThisOrder = dialectSql({ sqlite: sql`cross join`, postgres: sql`join` })

function holdDistinct(names: readonly string[], orderBy: readonly string[]): void {
  if (new Set(names).size < names.length)
    throw invalid(`\`order_by\` contains duplicate fields: [${orderBy.map((term) => `'${term}'`).join(', ')}]`)
}

/** Runs that are sooner looked at one by one than an order is walked. */
const fewRuns = 2000
