import { isPostgres, listed } from '#platform'
import { insertMany, rowsOf } from './statements.ts'
import type { MetricRow, RunRow, Tracking } from './tables.ts'

/** A value of a metric. */
export interface Measured {
  readonly name: string
  /** Any number: NaN and infinities too. */
  readonly value: number
  readonly step: number
  readonly atMs: number
}

/** Newest value of a metric: of the last step, there of the last moment, there the largest. */
export interface Latest extends Measured {
  readonly run: number
}

/**
 * Adds values to a run's history. One that is there already, the same in every part, changes nothing: callers try again
 * when an answer is lost.
 */
export async function addMetrics(
  tables: Tracking,
  run: Pick<RunRow, 'number' | 'experiment'>,
  points: readonly Measured[],
): Promise<void> {
  if (points.length === 0) return
  const keys = await keyNumbers(tables, new Set(points.map(({ name }) => name)))
  const rows = points.map((point) => metricRow(run.number, keys.get(point.name) as number, point))
  const latest = new Map<number, MetricRow>()
  for (const row of rows) {
    const before = latest.get(row.metric)
    if (!before || isLater(row, before)) latest.set(row.metric, row)
  }
  const valuesOf = (row: MetricRow) => [row.run, row.metric, row.at_ms, row.step, row.value, row.is_nan]
  const columns = ['run', 'metric', 'at_ms', 'step', 'value', 'is_nan']
  await insertMany(tables, {
    into: 'tracking_metrics',
    columns,
    rows: rows.map(valuesOf),
    conflict: 'do nothing',
  })
  await insertMany(tables, {
    into: 'tracking_latest',
    columns: [...columns, 'experiment'],
    rows: Array.from(latest.values(), (row) => [...valuesOf(row), run.experiment]),
    conflict: `(run, metric) do update set at_ms = excluded.at_ms, step = excluded.step, value = excluded.value,
      is_nan = excluded.is_nan where (excluded.step, excluded.at_ms, excluded.value) >
      (tracking_latest.step, tracking_latest.at_ms, tracking_latest.value)`,
  })
}

/** Takes values of a step out of a run's history, which were replaced. */
export async function removeStep(
  tables: Tracking,
  run: number,
  { names, step }: { readonly names: readonly string[]; readonly step: number },
): Promise<void> {
  const keys = tables.selectFrom('tracking_keys').select('number').where('name', 'in', listed(names))
  for (const table of ['tracking_metrics', 'tracking_latest'] as const)
    await tables.deleteFrom(table).where('run', '=', run).where('step', '=', step).where('metric', 'in', keys).execute()
}

/** Newest values of some runs, by name. */
export async function latestOf(tables: Tracking, runs: readonly number[]): Promise<Latest[]> {
  const rows = await tables
    .selectFrom('tracking_latest as latest')
    .innerJoin('tracking_keys as key', 'key.number', 'latest.metric')
    .select(['latest.run', 'key.name', 'latest.value', 'latest.step', 'latest.at_ms', 'latest.is_nan'])
    .where('latest.run', 'in', listed(runs))
    .orderBy('latest.run')
    .orderBy('key.name')
    .execute()
  return rows.map((row) => ({ run: row.run, ...measuredOf(row) }))
}

/**
 * Values of a metric in the order of their moments, steps and values: `limit` of them from `offset` on. Where no name is
 * given, those of all metrics of the run, one metric after the other by name.
 */
export async function historyOf(
  tables: Tracking,
  run: number,
  { name, offset = 0, limit }: { readonly name?: string | undefined; readonly offset?: number; readonly limit: number },
): Promise<Measured[]> {
  let query = tables
    .selectFrom('tracking_metrics as metric')
    .innerJoin('tracking_keys as key', 'key.number', 'metric.metric')
    .select(['key.name', 'metric.value', 'metric.step', 'metric.at_ms', 'metric.is_nan'])
    .where('metric.run', '=', run)
  query = name === undefined ? query.orderBy('key.name') : query.where('key.name', '=', name)
  const rows = await query
    .orderBy('metric.at_ms')
    .orderBy('metric.step')
    .orderBy('metric.value')
    .orderBy('metric.is_nan')
    .limit(limit)
    .offset(offset)
    .execute()
  return rows.map(measuredOf)
}

/** Numbers of the names of metrics; ones that are new get one. */
export async function keyNumbers(tables: Tracking, names: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
  const known = await readKeys(tables, names)
  const missing = [...names].filter((name) => !known.has(name))
  if (missing.length === 0) return known
  await insertMany(tables, {
    into: 'tracking_keys',
    columns: ['name'],
    rows: missing.map((name) => [name]),
    conflict: 'do nothing',
  })
  return readKeys(tables, names)
}

/** Numbers of the names of metrics that were ever logged. */
export async function readKeys(tables: Tracking, names: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
  const rows = await rowsOf<{ number: number; name: string }>(
    tables,
    `select number, name from tracking_keys where name in ${isPostgres(tables) ? postgresList : sqliteList}`,
    [JSON.stringify([...names])],
  )
  return new Map(rows.map(({ number, name }) => [name, number]))
}

const sqliteList = '(select value from json_each(?))'
const postgresList = '(select value from json_array_elements_text(cast(? as text)::json))'

/** A value as it is stored. */
export function metricRow(run: number, metric: number, { value, step, atMs }: Measured): MetricRow {
  const isNan = Number.isNaN(value)
  const stored = isNan ? 0 : Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE)
  return { run, metric, at_ms: atMs, step, value: stored, is_nan: isNan ? 1 : 0 }
}

/** A value as it was stored. */
export const measuredOf = (
  row: Pick<MetricRow, 'value' | 'step' | 'at_ms' | 'is_nan'> & { readonly name: string },
): Measured => ({
  name: row.name,
  value: row.is_nan === 1 ? NaN : row.value,
  step: row.step,
  atMs: row.at_ms,
})

function isLater(one: MetricRow, other: MetricRow): boolean {
  if (one.step !== other.step) return one.step > other.step
  if (one.at_ms !== other.at_ms) return one.at_ms > other.at_ms
  return one.value > other.value
}
