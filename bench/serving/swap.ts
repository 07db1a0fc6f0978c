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
    const spans: { fromMs: number; toMs: number }[] = []
    for (let swap = 1; swap <= swaps; swap++) {
      const { onnx } = trees(`trees ${swap}`)
      const fromMs = performance.timeOrigin + performance.now()
      await loadModel(server.url, model.name, { version: swap + 1, onnx })
      spans.push({ fromMs, toMs: performance.timeOrigin + performance.now() })
      await pause(250)
    }
    const report = await callers.stop()
    const during = latenciesWithin(report, spans, true)
    const steady = latenciesWithin(report, spans, false)
    const statuses = countStatuses(report)
    const failed = report.statuses.length - (statuses.get(200) ?? 0) + report.broken + report.refused
    const meanMs = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / spans.length
    log(
      `swaps took ${meanMs.toFixed(0)} ms each; ${report.statuses.length} answers; p99 ${during.p99.toFixed(2)} ms during (${during.count}), ${steady.p99.toFixed(2)} ms else (${steady.count})`,
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
      {
        name: 'p99 during a swap',
        figure: during.p99 / steady.p99,
        bar: 2,
        unit: 'times steady',
        better: 'lower',
        against: `${during.p99.toFixed(2)} ms in ${during.count} answers while one was loaded (${meanMs.toFixed(0)} ms each), ${steady.p99.toFixed(2)} ms in ${steady.count} others`,
      },
    ]
  } finally {
    await server.stop()
  }
}

const swaps = 100
