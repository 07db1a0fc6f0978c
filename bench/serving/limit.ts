import { openSession } from '#model'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { fixedRows } from './fixed-rows.ts'
import { closedLoop } from './load.ts'
import { startWithModel, type StartedMillrace } from './millrace.ts'
import { servedModels, type ServedModel } from './models.ts'
import { binaryRequest } from './open-inference.ts'
import { median } from './cost.ts'

/**
 * Rows that are served in a second at 64 connections, one row a request, against a loop in one thread that does nothing
 * but run the same file on batches of the size that formed.
 */
export async function limitFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const model = servedModels().find(({ name }) => name === 'mlp') as ServedModel
  const server = await startWithModel(model)
  try {
    const rows = fixedRows(model, 1)
    const json = { headers: server.headers, body: server.body(rows) }
    const figures: Figure[] = []
    for (const [form, request] of [
      ['binary', binaryRequest(model, rows)],
      ['JSON', json],
    ] as const) {
      const load = { ...server, headers: request.headers }
      await closedLoop(load, { body: request.body, connections: 64, seconds: 5 })
      const ratios: number[] = []
      let said = ''
      let batch = usualBatch
      let rawBefore = await rawRowsPerSecond(model, { batch, seconds: rawSeconds })
      for (let pair = 0; pair < pairs; pair++) {
        const before = await batchesOf(server, model)
        const loop = await closedLoop(load, { body: request.body, connections: 64, seconds: 3 })
        if ('notRun' in loop) throw new Error(loop.notRun)
        const after = await batchesOf(server, model)
        batch = Math.round((after.rows - before.rows) / (after.runs - before.runs))
        // The speed of a machine that is shared changes within seconds: the loop runs before and after.
        const rawAfter = await rawRowsPerSecond(model, { batch, seconds: rawSeconds })
        const raw = (rawBefore + rawAfter) / 2
        rawBefore = rawAfter
        ratios.push(loop.perSecond / raw)
        said = `batches of ${batch}, ${loop.perSecond.toFixed(0)} served and ${raw.toFixed(0)} raw rows/s, p99 ${loop.latencyMs.p99.toFixed(1)} ms, ${loop.refused} refused`
        log(`mlp, ${form}: ${said}`)
      }
      figures.push({
        name: `Rows/s served, MLP, ${form}, 64 connections`,
        figure: median(ratios),
        bar: 0.8,
        unit: 'of a raw loop',
        better: 'higher',
        against: `ONNX Runtime in one thread at the batch that formed; ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}; last ${said}`,
      })
    }
    return figures
  } finally {
    await server.stop()
  }
}

const pairs = 9
const rawSeconds = 1.5
/** What forms at 64 connections, until it is known. */
const usualBatch = 26

/** Rows that a loop of one thread runs in a second. */
async function rawRowsPerSecond(
  model: ServedModel,
  { batch, seconds }: { readonly batch: number; readonly seconds: number },
): Promise<number> {
  const session = await openSession(model.onnx)
  const data = Float32Array.from(fixedRows(model, batch).flat())
  const feeds = { x: { type: 'float32' as const, shape: [batch, model.features], data } }
  try {
    for (let i = 0; i < 10; i++) await session.run(feeds, ['y'])
    const fromMs = performance.now()
    let runs = 0
    while (performance.now() - fromMs < seconds * 1000) {
      await session.run(feeds, ['y'])
      runs++
    }
    return (runs * batch) / ((performance.now() - fromMs) / 1000)
  } finally {
    await session.release()
  }
}

/** Runs and rows of all serving processes, as `/metrics` counts them. */
async function batchesOf(
  { url }: StartedMillrace,
  { name }: ServedModel,
): Promise<{ readonly rows: number; readonly runs: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const read = (metric: string): number =>
    Number(new RegExp(`^${metric}\\{model="${name}",[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1])
  return { rows: read('millrace_inference_batch_rows_sum'), runs: read('millrace_inference_batch_rows_count') }
}
