import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { countStatuses, startCallers } from './closed-loop.ts'
import { fixedRows } from './fixed-rows.ts'
import { loadModel, startMillrace } from './millrace.ts'
import { logistic } from './models.ts'
import { openInference } from './open-inference.ts'
import { treePids } from './process-cpu.ts'

/** A thousand small models behind one server that keeps a hundred open, asked by popularity for ten minutes. */
export async function manyModelsFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const server = await startMillrace({ MILLRACE_OPEN_MODELS: String(resident), MILLRACE_LOG: 'warn' })
  try {
    const names = Array.from({ length: models }, (_, k) => `small-${k}`)
    for (const [k, name] of names.entries())
      await loadModel(server.url, name, { version: 1, onnx: logistic(name).onnx }).then(
        () => k % 200 === 199 && log(`${k + 1} models loaded`),
      )
    const { headers, body } = openInference(logistic())
    const sent = body(fixedRows(logistic(), 1))
    const requests = names.map((name) => ({ path: `/v2/models/${name}/infer`, headers, body: sent }))
    const callers = startCallers({ port: server.port, requests, connections: 16 })
    const megabytes: number[] = []
    for (let tick = 0; tick < minutes * 6; tick++) {
      await pause(10_000)
      megabytes.push(await residentMb(server.pid))
      if (tick % 6 === 5)
        log(`minute ${(tick + 1) / 6}: ${(await residentSizes(server.pid)).map((mb) => mb.toFixed(0)).join(' + ')} MB`)
    }
    const report = await callers.stop()
    const errors = report.statuses.length - (countStatuses(report).get(200) ?? 0) + report.broken + report.refused
    const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length
    const [early, late] = [mean(megabytes.slice(6, 18)), mean(megabytes.slice(-12))]
    return [
      {
        name: `${models} models, ${resident} open, Zipf: errors`,
        figure: errors,
        bar: 0,
        unit: 'requests',
        better: 'lower',
        against: `${report.statuses.length} answers in ${minutes} minutes`,
      },
      {
        name: 'Memory, last two minutes',
        figure: late / early,
        bar: 1.1,
        unit: 'times minutes 2-3',
        better: 'lower',
        against: `${late.toFixed(0)} and ${early.toFixed(0)} MB in all processes; most ${Math.max(...megabytes).toFixed(0)} MB`,
      },
    ]
  } finally {
    await server.stop()
  }
}

/** Memory of a process and its descendants. */
export async function residentMb(root: number): Promise<number> {
  return (await residentSizes(root)).reduce((sum, size) => sum + size, 0)
}

/** Memory of a process and of each of its descendants. */
async function residentSizes(root: number): Promise<readonly number[]> {
  return Promise.all(
    (await treePids(root)).map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024
    }),
  )
}

const models = 1000
const resident = 100
const minutes = 10
