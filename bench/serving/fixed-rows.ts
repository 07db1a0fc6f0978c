import { InferenceSession, Tensor } from 'onnxruntime-node'
import { seededRandom } from '#platform'
import type { ServedModel } from './models.ts'
import type { Rows } from './server-under-test.ts'

/** The same rows for every server, of four decimals each, as callers send them. */
export function fixedRows(model: ServedModel, count: number): Rows {
  const random = seededRandom(`rows of ${model.name}`)
  return Array.from({ length: count }, () =>
    Array.from({ length: model.features }, () => Math.round(random.normal() * 1e4) / 1e4),
  )
}

/** What ONNX Runtime itself answers in this process, row after row: the truth for every server. */
export async function rawOutputs(model: ServedModel, rows: Rows): Promise<readonly number[]> {
  const session = await InferenceSession.create(model.onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  try {
    const x = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, model.features])
    const { y } = await session.run({ x })
    return Array.from(y?.data as Float32Array)
  } finally {
    await session.release()
  }
}
