import { fail } from '../failures.ts'
import { encodeRaw } from '../inference/raw-tensor.ts'
import type { InferResponse, TensorValue } from '../inference/schema.ts'
import { valuesText } from '../inference/values-text.ts'

/** An answer as bytes. */
export interface WrittenAnswer {
  readonly body: Buffer
  /** Length of the JSON at its start; undefined where all of it is JSON. */
  readonly headerLength: number | undefined
}

/**
 * Writes an answer of the Open Inference Protocol, the wanted outputs as binary data behind the JSON.
 * @throws {Failure} `serving/badInput` for an FP16 output that is not wanted as binary data
 */
export function writeInfer(response: InferResponse, binaryOutputs: ReadonlySet<string> | 'all'): WrittenAnswer {
  const { model, version, id, parameters, outputs } = response
  const binary: Buffer[] = []
  const texts = outputs.map((output) => {
    if (binaryOutputs !== 'all' && !binaryOutputs.has(output.name) && output.datatype !== 'FP16')
      return tensorJson(output)
    const bytes = encodeRaw(output)
    binary.push(bytes)
    return `${tensorHead(output)},"parameters":{"binary_data_size":${bytes.length}}}`
  })
  const members = [
    `"model_name":${JSON.stringify(model)}`,
    `"model_version":${JSON.stringify(version)}`,
    ...(id === undefined ? [] : [`"id":${JSON.stringify(id)}`]),
    ...(parameters ? [`"parameters":${JSON.stringify(parameters)}`] : []),
    `"outputs":[${texts.join(',')}]`,
  ]
  const json = Buffer.from(`{${members.join(',')}}`)
  return { body: Buffer.concat([json, ...binary]), headerLength: binary.length > 0 ? json.length : undefined }
}

const tensorHead = ({ name, datatype, shape }: TensorValue): string =>
  `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}]`

function tensorJson(tensor: TensorValue): string {
  if (tensor.datatype === 'FP16')
    throw fail('badInput', `Cannot answer output '${tensor.name}': JSON has no form of FP16`, {
      remedy: 'Ask for it as binary data: "parameters": {"binary_data": true}',
    })
  return `${tensorHead(tensor)},"data":${valuesText(tensor.data, tensor.datatype === 'BOOL')}}`
}
