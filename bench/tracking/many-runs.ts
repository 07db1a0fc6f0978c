import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import type { Database } from '#platform'

// Stores of many runs. The first run is logged as clients do it; the others are its copies, with values of their own, for
// to log a hundred thousand of them takes an hour.

/** Metrics of each run: m0, m1 … */
export const metrics = 50

/** Logs the run that the others are copies of. @param call asks an address of `/api/2.0/mlflow/` */
export async function logFirstRun(call: (path: string, fields: object) => Promise<object>): Promise<void> {
  const { run } = (await call('runs/create', {
    experiment_id: '0',
    start_time: 1_790_000_000_000,
    run_name: 'run 1',
  })) as { run: { info: { run_id: string } } }
  await call('runs/log-batch', {
    run_id: run.info.run_id,
    metrics: Array.from({ length: metrics }, (_, m) => ({ key: `m${m}`, value: 0.5, timestamp: 1, step: 0 })),
    params: [
      { key: 'fold', value: '1' },
      { key: 'group', value: '1' },
    ],
  })
}

/** Copies the only run of a store of Millrace. @param runs how many there are to be */
export async function copyRuns(database: Database, runs: number): Promise<void> {
  const bulk = async (statement: string): Promise<void> => void (await sql.raw(statement).execute(database))
  const numbers = numbersTo(runs)
  // Made at the end, sorted: to put each value where it belongs would take hours.
  const index = 'tracking_latest_by_value'
  const { rows } = await sql<{ sql: string }>`select sql from sqlite_master where name = ${index}`.execute(database)
  const [{ sql: indexStatement }] = rows as [{ sql: string }]
  await bulk(`drop index ${index}`)
  await bulk(`insert into tracking_runs (number, id, experiment, name, user_name, status, state, started_at_ms) ${numbers}
    select k, ${idOf}, experiment, 'run ' || k, user_name, status, state, started_at_ms + k
    from numbers join tracking_runs on number = 1`)
  for (const table of ['tracking_params', 'tracking_tags'])
    await bulk(`insert into ${table} (run, name, value) ${numbers}
      select k, name, ${textOf('name')} from numbers join ${table} on run = 1`)
  for (const [table, more] of [
    ['tracking_metrics', ''],
    ['tracking_latest', ', experiment'],
  ] as const)
    await bulk(`insert into ${table} (run, metric, at_ms, step, value, is_nan${more}) ${numbers}
      select k, metric, at_ms, step, ${valueOf('metric')}, is_nan${more}
      from numbers cross join (select * from ${table} where run = 1)`)
  await bulk(indexStatement)
}

/** Copies the only run of a store of MLflow on SQLite, which no server has open. @param runs how many there are to be */
export function copyMlflowRuns(file: string, runs: number): void {
  const database = new DatabaseSync(file)
  try {
    const [{ id }] = database.prepare('select run_uuid as id from runs').all() as [{ id: string }]
    for (const table of ['runs', 'params', 'tags', 'metrics', 'latest_metrics']) {
      const columns = database.prepare(`select name from pragma_table_info('${table}')`).all() as { name: string }[]
      const names = columns.map(({ name }) => name)
      const copied: Readonly<Record<string, string>> = {
        run_uuid: idOf,
        name: "'run ' || k",
        start_time: 'start_time + k',
        artifact_uri: `replace(artifact_uri, '${id}', ${idOf})`,
        value: table.endsWith('metrics') ? valueOf('cast(substr(key, 2) as integer)') : textOf('key'),
      }
      database.exec(`insert into ${table} (${names.map((name) => `"${name}"`).join(', ')}) ${numbersTo(runs)}
        select ${names.map((name) => copied[name] ?? `"${name}"`).join(', ')}
        from numbers cross join (select * from ${table} where run_uuid = '${id}')`)
    }
  } finally {
    database.close()
  }
}

const numbersTo = (runs: number): string =>
  `with recursive numbers (k) as (select 2 union all select k + 1 from numbers where k < ${runs})`

const idOf = "printf('%032x', k)"

const textOf = (key: string): string =>
  `case ${key} when 'fold' then cast(k % 5 as text) when 'group' then cast(${mixed('0')} % 1000 as text)
    when 'mlflow.runName' then 'run ' || k else value end`

const valueOf = (metric: string): string => `(${mixed(metric)} % 1000003) / 1000003.0`

/** A whole number that looks random, of a run and another: squared, for else the values of one metric would be those of another, shifted. */
function mixed(other: string): string {
  return `((k * k % 2147483647 * 48271 + k * (${other} + 7) % 2147483647 * 40692 + ${other} * 69621) % 2147483647)`
}
