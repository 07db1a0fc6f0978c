import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openWorkspace, silentLog, systemClock, systemIds, type Protocol } from '#platform'
import { mlflowProtocol, trackingEndpoints } from '#tracking'
import { migrations } from '#tracking/migrations'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { latencies } from '../serving/latencies.ts'
import { copyRuns, logFirstRun, metrics } from './many-runs.ts'

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
    await logFirstRun((path, fields) => call(protocol, path, fields))
    await copyRuns(workspace.database, runs)
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
