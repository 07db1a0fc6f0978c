import type { ServedModel } from './models.ts'
import type { Endpoint, Rows } from './server-under-test.ts'

/** How a model is asked for in the JSON of the Open Inference Protocol. */
export function openInference(model: ServedModel): Pick<Endpoint, 'headers' | 'body' | 'parse'> {
  return {
    headers: { 'content-type': 'application/json' },
    body: (rows: Rows) =>
      JSON.stringify({
        inputs: [{ name: 'x', shape: [rows.length, model.features], datatype: 'FP32', data: rows.flat() }],
      }),
    parse: (answer) => (JSON.parse(answer) as { outputs: { data: number[] }[] }).outputs[0]?.data.flat() ?? [],
  }
}
