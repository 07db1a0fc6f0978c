import { quoteName } from '#platform'
import type { HistoryPlan } from './plan-history.ts'

/** What the SQL of a history reads. */
export interface HistoryInput {
  /** Relation with the columns of the dataset. */
  readonly rows: string
  readonly time: string
  /** DuckDB type of the column `of`. */
  readonly ofType: string
}

/**
 * SQL of a history's values: a row for each entity and refresh where a value can change or is asked for.
 *
 * With t a row's moment, d = `knownAfterMs` and S a span, the value at refresh b is the aggregate of the rows of the
 * entity with b − S < t + d ≤ b. Rows without moment, entity or aggregated value do not count. Sums are exact
 * (integers and decimals), so no value depends on the order of rows.
 *
 * Columns: `k0`, `k1`, … (the entity, in the order of `by`), `at_ms` (the refresh b) and `v0`, `v1`, … (one per span).
 */
export function historySql(plan: HistoryPlan, { rows, time, ofType }: HistoryInput): string {
  const keys = plan.by.map((_, place) => `k${place}`)
  const named = plan.by.map((name, place) => `${quoteName(name)} as k${place}`)
  const has = [...plan.by, time].map((name) => `${quoteName(name)} is not null`)
  const steps = plan.everyMs / plan.grainMs
  const ms = `epoch_ms(${quoteName(time)})`
  const known = `cast(ceil((${ms} + ${plan.knownAfterMs}) / ${plan.grainMs}) as bigint)`
  const asked = `cast(floor(${ms} / ${plan.everyMs}) as bigint) * ${steps}`
  const refreshAfter = (step: string): string => `cast(ceil((${step}) / ${steps}) as bigint) * ${steps}`
  const ends = plan.columns.map(({ spanMs }) => spanMs / plan.grainMs)
  const changes = (steps === 1 ? ends : [0, ...ends]).map((later) => refreshAfter(`step + ${later}`))
  const select = (...columns: readonly (readonly string[])[]): string => `select ${columns.flat().join(', ')}`
  const value = exactly(plan, ofType)
  return `
    with outcomes as materialized (
      ${select(named, [`${known} as step`, `sum(${value}) as total`, 'count(*) as number'])}
      from ${rows} where ${[...has, `${value} is not null`].join(' and ')} group by all
    ), moments as (
      ${select(keys, ['step', 'total', 'number'])} from outcomes
      union all ${select(named, [`${asked} as step`, 'null', '0'])} from ${rows} where ${has.join(' and ')} group by all
      union all ${select(keys, [`unnest([${changes.join(', ')}])`, 'null', '0'])} from outcomes
    ), summed as (
      ${select(keys, ['step', 'sum(total) as total', 'cast(sum(number) as bigint) as number'])} from moments group by all
    ), spanned as (
      ${select(
        keys,
        ['step'],
        plan.columns.map(
          (_, place) => `sum(total) over w${place} as s${place}, sum(number) over w${place} as n${place}`,
        ),
      )}
      from summed window ${plan.columns.map(({ spanMs }, place) => `w${place} as (${windowOf(plan, spanMs)})`).join(', ')}
    )
    ${select(
      keys,
      [`step * ${plan.grainMs} as at_ms`],
      plan.columns.map((_, place) => `${valueOf(plan, place)} as v${place}`),
    )}
    from spanned where step % ${steps} = 0`
}

/**
 * SQL of the last refresh, in milliseconds, whose windows are whole: the newest outcome is not older. Null where no
 * outcome is known.
 */
export function newestRefreshSql(plan: HistoryPlan, { rows, time, ofType }: HistoryInput): string {
  const known = `epoch_ms(${quoteName(time)}) + ${plan.knownAfterMs}`
  const has = [...plan.by.map(quoteName), exactly(plan, ofType)].map((value) => `${value} is not null`).join(' and ')
  return `select cast(floor(max(${known}) / ${plan.everyMs}) as bigint) * ${plan.everyMs} as newest from ${rows} where ${has}`
}

/** SQL of the refresh whose values a row gets, in milliseconds. */
export function refreshSql(plan: HistoryPlan, time: string): string {
  return `cast(floor(epoch_ms(${time}) / ${plan.everyMs}) as bigint) * ${plan.everyMs}`
}

function windowOf(plan: HistoryPlan, spanMs: number): string {
  const entity = plan.by.length === 0 ? '' : `partition by ${plan.by.map((_, place) => `k${place}`).join(', ')} `
  return `${entity}order by step range between ${spanMs / plan.grainMs - 1} preceding and current row`
}

/** The counted value as a number whose sums are exact: binary fractions at 15 decimal places, null beyond ±10²³. */
function exactly({ of, aggregate }: HistoryPlan, type: string): string {
  const name = quoteName(of)
  if (aggregate === 'count') return `case when ${name} is not null then 0 end`
  if (type === 'BOOLEAN') return `cast(${name} as integer)`
  return type === 'FLOAT' || type === 'DOUBLE' ? `try_cast(${name} as decimal(38, 15))` : name
}

/** A mean is a 32-bit float, as the models that read it hold it. */
function valueOf(plan: HistoryPlan, place: number): string {
  const number = `n${place}`
  const sum = `cast(s${place} as double)`
  if (plan.aggregate === 'count') return `cast(${number} as bigint)`
  if (plan.aggregate === 'sum') return `case when ${number} > 0 then ${sum} end`
  return `cast(case when ${number} > 0 then ${sum} / ${number} end as float)`
}
