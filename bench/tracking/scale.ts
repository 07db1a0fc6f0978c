import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { openWorkspace, silentLog, systemClock, systemIds, type Protocol, type Workspace } from '#platform'
import { migrations, mlflowProtocol, trackingEndpoints } from '#tracking'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { latencies } from '../serving/latencies.ts'

/** How long searches take among many runs of 50 metrics: various filters and orders, the answers as clients get them. */
export const scaleFigures = (context: BenchContext): Promise<readonly Figure[]> => figuresAmong(100_000, 50, context)

/** {@link scaleFigures} among a million: takes 20 GB of disk, and some minutes to fill. */
export const millionFigures = (context: BenchContext): Promise<readonly Figure[]> =>
  figuresAmong(1_000_000, 150, context)

async function figuresAmong(runs: number, bar: number, { log }: BenchContext): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const workspace = await openWorkspace({
    folder,
    migrations,
    clock: systemClock,
    ids: systemIds(systemClock),
    log: silentLog,
    threads: 1,
    scratch: true,
  })
  try {
    const protocol = mlflowProtocol(workspace, trackingEndpoints)
    await fill(workspace, protocol, runs)
    log(`${runs} runs are there`)
    const all: number[] = []
    for (const [name, search] of Object.entries(searches)) {
      const took: number[] = []
      for (let k = 0; k < 100; k++) {
        const began = performance.now()
        await call(protocol, 'runs/search', { experiment_ids: ['0'], max_results: 100, ...search(k) })
        took.push(performance.now() - began)
      }
      const { p50, p99 } = latencies(Float64Array.from(took))
      log(`${name}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`)
      all.push(...took)
    }
    return [
      {
        name: `search_runs, p99, ${runs.toLocaleString('en')} runs of ${metrics} metrics`,
        figure: latencies(Float64Array.from(all)).p99,
        bar,
        unit: 'ms',
        better: 'lower',
        against: `${all.length} searches of ${Object.keys(searches).length} kinds, 100 runs each`,
      },
    ]
  } finally {
    await workspace.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const searches: Readonly<Record<string, (k: number) => object>> = {
  'the newest': () => ({}),
  'half of them, by a metric': (k) => ({ filter: 'metrics.m0 > 0.5', order_by: [`metrics.m${k % metrics} DESC`] }),
  'a tenth, by a metric': (k) => ({
    filter: `metrics.m0 > 0.5 and params.fold = '${k % 5}'`,
    order_by: [`metrics.m${k % metrics} DESC`],
  }),
  'one in a thousand, by a metric': (k) => ({
    filter: `params.group = '${k}'`,
    order_by: ['metrics.m1 DESC'],
  }),
  'one in a thousand of a metric': (k) => ({ filter: `metrics.m${k % metrics} > 0.999` }),
  'by name': (k) => ({ filter: `attributes.run_name = 'run ${k * 7}'` }),
}

/**
 * Makes runs of an experiment. The first is logged as clients do it; the others are its copies, with values of their own,
 * for to log a million of them takes hours.
 */
async function fill({ database }: Workspace, protocol: Protocol, runs: number): Promise<void> {
  const { run } = (await call(protocol, 'runs/create', {
    experiment_id: '0',
    start_time: 1_790_000_000_000,
    run_name: 'run 1',
  })) as { run: { info: { run_id: string } } }
  await call(protocol, 'runs/log-batch', {
    run_id: run.info.run_id,
    metrics: Array.from({ length: metrics }, (_, m) => ({ key: `m${m}`, value: 0.5, timestamp: 1, step: 0 })),
    params: [
      { key: 'fold', value: '1' },
      { key: 'group', value: '1' },
    ],
  })
  const bulk = async (statement: string): Promise<void> => void (await sql.raw(statement).execute(database))
  const numbers = `with recursive numbers (k) as (select 2 union all select k + 1 from numbers where k < ${runs})`
  const index = 'tracking_latest_by_value'
  const { rows } = await sql<{ sql: string }>`select sql from sqlite_master where name = ${index}`.execute(database)
  const [{ sql: indexStatement }] = rows as [{ sql: string }]
  await bulk(`drop index ${index}`)
  await bulk(`insert into tracking_runs ${numbers}
    select number + k - 1, printf('%032x', k), experiment, 'run ' || k, user_name, status, state, started_at_ms + k,
      finished_at_ms, deleted_at_ms from numbers join tracking_runs on number = 1`)
  for (const table of ['tracking_params', 'tracking_tags'])
    await bulk(`insert into ${table} (run, name, value) ${numbers}
      select k, name, case name when 'fold' then cast(k % 5 as text) when 'group' then cast(${mixed('k', 0)} % 1000 as text)
        else value end from numbers join ${table} on run = 1`)
  for (const [table, more] of [
    ['tracking_metrics', ''],
    ['tracking_latest', ', experiment'],
  ] as const)
    await bulk(`insert into ${table} (run, metric, at_ms, step, value, is_nan${more}) ${numbers}
      select k, metric, at_ms, step, (${mixed('k', 'metric')} % 1000003) / 1000003.0, is_nan${more}
      from numbers cross join (select * from ${table} where run = 1)`)
  await bulk(indexStatement)
}

/** A whole number that looks random, of two others: squared, for else the values of one would be those of another, shifted. */
const mixed = (one: string, other: string | number): string =>
  `((${one} * ${one} % 2147483647 * 48271 + ${one} * (${other} + 7) % 2147483647 * 40692 + ${other} * 69621) % 2147483647)`

async function call(protocol: Protocol, path: string, fields: object): Promise<object> {
  const { status, body } = await protocol.answer({
    method: 'POST',
    target: `/api/2.0/mlflow/${path}`,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(fields)),
    actor: { id: 'local', role: 'admin', project: null },
  })
  if (status !== 200) throw new Error(`${path} was answered ${status}: ${body.toString().slice(0, 300)}`)
  return JSON.parse(body.toString()) as object
}

const metrics = 50
