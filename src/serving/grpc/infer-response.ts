import { encodeRaw } from '../inference/raw-tensor.ts'
import type { InferResponse } from '../inference/schema.ts'
import { parameterMessages } from './parameters.ts'
import { typedContents } from './typed-contents.ts'

/**
 * The fields of a `ModelInferResponse`.
 * @param options.raw whether the request's tensors were raw bytes; halves, which have no other form, make all raw
 */
export function inferResponse(response: InferResponse, options: { readonly raw: boolean }): object {
  const { model, version, id, parameters, outputs } = response
  const raw = options.raw || outputs.some(({ datatype }) => datatype === 'FP16')
  return {
    modelName: model,
    modelVersion: version,
    ...(id === undefined ? {} : { id }),
    ...(parameters ? { parameters: parameterMessages(parameters) } : {}),
    outputs: outputs.map((output) => ({
      name: output.name,
      datatype: output.datatype,
      shape: output.shape,
      ...(raw ? {} : { contents: typedContents(output) }),
    })),
    ...(raw ? { rawOutputContents: outputs.map(encodeRaw) } : {}),
  }
}
