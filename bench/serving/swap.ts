import { setTimeout as pause } from 'node:timers/promises'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { countStatuses, latenciesWithin, startCallers } from './closed-loop.ts'
import { fixedRows } from './fixed-rows.ts'
import { loadModel, startWithModel } from './millrace.ts'
import { trees } from './models.ts'

/** A hundred changes of version while 64 connections ask as fast as they are answered. */
export async function swapFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const model = trees()
  const server = await startWithModel(model)
  try {
    const request = { path: server.path, headers: server.headers, body: server.body(fixedRows(model, 1)) }
    const callers = startCallers({ port: server.port, requests: [request], connections: 64 })
    await pause(6000)
    const loads: Span[] = []
    for (let swap = 1; swap <= swaps; swap++) {
      const { onnx } = trees(`trees ${swap}`)
      const fromMs = performance.timeOrigin + performance.now()
      await loadModel(server.url, model.name, { version: swap + 1, onnx })
      loads.push({ fromMs, toMs: performance.timeOrigin + performance.now() })
      await pause(settledMs + 1000)
    }
    const report = await callers.stop()
    const swapped = loads.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs + settledMs }))
    const loading = latenciesWithin(report, loads, true)
    const during = latenciesWithin(report, swapped, true)
    const steady = latenciesWithin(report, swapped, false)
    const statuses = countStatuses(report)
    const failed = report.statuses.length - (statuses.get(200) ?? 0) + report.broken + report.refused
    const meanMs = loads.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / loads.length
    log(
      `loads took ${meanMs.toFixed(0)} ms each; ${report.statuses.length} answers; p99 ${loading.p99.toFixed(2)} ms while one was loaded (${loading.count}), ${during.p99.toFixed(2)} ms until it had settled (${during.count}), ${steady.p99.toFixed(2)} ms else (${steady.count})`,
    )
    return [
      {
        name: `Requests failed in ${swaps} swaps`,
        figure: failed,
        bar: 0,
        unit: 'requests',
        better: 'lower',
        against: `${report.statuses.length} answers under full load, trees`,
      },
      ...[
        { name: 'p99 while a version is loaded', of: loading },
        { name: 'p99 from the load until the version has settled', of: during },
      ].map(({ name, of }) => ({
        name,
        figure: of.p99 / steady.p99,
        bar: 2,
        unit: 'times steady',
        better: 'lower' as const,
        against: `${of.p99.toFixed(2)} ms in ${of.count} answers (loads of ${meanMs.toFixed(0)} ms), ${steady.p99.toFixed(2)} ms in ${steady.count} others`,
      })),
    ]
  } finally {
    await server.stop()
  }
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

const swaps = 100
/** How long after its load a version has moved into the threads that read requests, which holds each of them up once. */
const settledMs = 1500
