import { modelProto, tensorTypeNumbers } from '../onnx-schema.ts'
import type { TensorType } from '../onnx-schema.ts'

/** A tensor inside a graph. */
export interface InnerTensor {
  readonly name: string
  readonly type: TensorType
}

/**
 * The same model with further outputs: tensors that its graph computes on the way. Nothing is decoded: a message that
 * stands in a protobuf twice is one whose lists are joined, so the outputs are written behind the file.
 * @see https://protobuf.dev/programming-guides/encoding/#last-one-wins
 */
export function exposeTensors(bytes: Uint8Array, tensors: readonly InnerTensor[]): Uint8Array {
  const output = tensors.map(({ name, type }) => ({
    name,
    type: { tensorType: { elemType: tensorTypeNumbers[type] } },
  }))
  return Buffer.concat([bytes, modelProto.encode({ graph: { output } }).finish()])
}
