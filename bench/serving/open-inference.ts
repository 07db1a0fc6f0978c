import type { ServedModel } from './models.ts'
import type { Endpoint, Rows } from './server-under-test.ts'

/** One request with its rows as binary data, as tritonclient sends them by default. */
export function binaryRequest(model: ServedModel, rows: Rows): Pick<Endpoint, 'headers'> & { readonly body: Buffer } {
  const data = Buffer.from(Float32Array.from(rows.flat()).buffer)
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'x',
          shape: [rows.length, model.features],
          datatype: 'FP32',
          parameters: { binary_data_size: data.length },
        },
      ],
      parameters: { binary_data_output: true },
    }),
  )
  return {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
    body: Buffer.concat([head, data]),
  }
}

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
