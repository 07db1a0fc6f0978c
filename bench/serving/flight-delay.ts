import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openLake, quoteText } from '#platform'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { median } from './cost.ts'
import { startEcho } from './echo.ts'
import { closedLoop, type ClosedLoop } from './load.ts'
import { startMillrace } from './millrace.ts'
import { cpuMicros } from './process-cpu.ts'
import type { Endpoint } from './server-under-test.ts'

/**
 * The flight-delay example itself, as `millrace up` runs it: requests name a flight, its history is looked up, what was
 * predicted is logged. Against an echo of the same bodies, one after the other.
 */
export async function flightDelayFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const bodies = await flights()
  const server = await startMillrace({}, { file: example })
  const echo = await startEcho()
  try {
    const loaded = { port: server.port, path: '/api/v1/systems/flight-delay/predict', headers }
    log('flight-delay: pulling, training, releasing')
    await untilItAnswers(loaded, bodies[0] as string)
    const ratios: number[] = []
    let refused = 0
    let said = ''
    await closedLoop(loaded, { body: bodies, connections, seconds: 5 })
    for (let pair = 0; pair < 3; pair++) {
      const limit = await measured({ port: echo.port, path: '/', headers, pid: echo.pid }, bodies)
      const own = await measured({ ...loaded, pid: server.pid }, bodies)
      ratios.push(own.cpuMicros / limit.cpuMicros)
      refused += own.refused + own.socketErrors
      said = `${own.perSecond.toFixed(0)}/s, p99 ${own.latencyMs.p99.toFixed(1)} ms, ${own.cpuMicros.toFixed(1)} µs of processor a request; echo ${limit.perSecond.toFixed(0)}/s, ${limit.cpuMicros.toFixed(1)} µs`
      log(`flight-delay: ${said}`)
    }
    return [
      {
        name: 'CPU a request, flight-delay system',
        figure: median(ratios),
        bar: 6,
        unit: 'times the echo',
        better: 'lower',
        against: `node:http echo of the same bodies, look-up and log included; bar of our own; ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}; last ${said}`,
      },
      {
        name: 'Requests not answered, flight-delay system',
        figure: refused,
        bar: 0,
        unit: 'requests',
        better: 'lower',
        against: 'at 64 connections',
      },
    ]
  } finally {
    await echo.stop()
    await server.stop()
  }
}

async function measured(
  server: Pick<Endpoint, 'port' | 'path' | 'headers'> & { readonly pid: number },
  bodies: readonly string[],
): Promise<ClosedLoop & { readonly cpuMicros: number }> {
  const before = await cpuMicros(server.pid)
  const loop = await closedLoop(server, { body: bodies, connections, seconds: 5 })
  if ('notRun' in loop) throw new Error(loop.notRun)
  return { ...loop, cpuMicros: ((await cpuMicros(server.pid)) - before) / loop.answered }
}

/** Flights of the last day of the data, as requests for the day after it. */
async function flights(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const lake = await openLake({ folder, threads: 1, memoryMb: 512 })
  try {
    const rows = await lake.rows(
      `select strftime(date + interval 1 day, '%Y-%m-%dT%H:%M:%S') as date, origin, destination, distance
       from read_parquet(${quoteText(data)}) where date >= timestamp '2001-06-30' order by date, origin limit 1000`,
    )
    return rows.map((row) => JSON.stringify(row))
  } finally {
    lake.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function untilItAnswers({ port, path }: Pick<Endpoint, 'port' | 'path'>, body: string): Promise<void> {
  const begun = performance.now()
  let answer = ''
  while (performance.now() - begun < patienceMs) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })
    answer = await response.text()
    if (response.ok) return
    await pause(500)
  }
  throw new Error(`The flight-delay system does not answer: ${answer}`)
}

const headers = { 'content-type': 'application/json' }
const connections = 64
const patienceMs = 240_000
const example = fileURLToPath(new URL('../../examples/flight-delay', import.meta.url))
const data = fileURLToPath(new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url))
