import { wireFields } from './foreign/wire-fields.ts'

/**
 * Bytes of the weights that stand in an ONNX file itself: its initializers, but for those of graphs within graphs.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (Apache-2.0)
 */
export function weightBytes(file: Uint8Array): number {
  let bytes = 0
  for (const graph of contentsOf(file, 7)) for (const weight of contentsOf(graph, 5)) bytes += weight.length
  return bytes
}

const contentsOf = (message: Uint8Array, of: number): readonly Uint8Array[] =>
  wireFields(message).flatMap(({ number, content }) => (number === of && content ? [content] : []))
