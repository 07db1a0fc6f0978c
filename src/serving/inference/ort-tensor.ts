import { Tensor } from 'onnxruntime-node'
import { tensorText } from '#model'
import { datatypeOfOrt, datatypes } from './datatypes.ts'
import type { TensorValue } from './schema.ts'

/** A tensor as ONNX Runtime takes it. Its values are shared, except for text, which is made what the runtime can hold. */
export function toOrt({ datatype, shape, data }: TensorValue): Tensor {
  const { ort } = datatypes[datatype]
  if (ort === 'string') return new Tensor('string', (data as readonly string[]).map(tensorText), shape)
  if (ort === 'bool') return new Tensor('bool', data as Uint8Array, shape)
  const tensor = new Tensor(ort as 'float32', data as Float32Array, shape)
  // Where the language has a Float16Array, the tensor turns the halves into one, in which the runtime's binding of
  // 1.30 sees no bytes: it must find their bits.
  if (ort === 'float16') Object.defineProperty(tensor, 'data', { value: data })
  return tensor
}

/**
 * A tensor that ONNX Runtime gave, under the name of its output.
 * @throws TypeError when no protocol has its type
 */
export function fromOrt(name: string, tensor: Tensor): TensorValue {
  const datatype = datatypeOfOrt(tensor.type)
  if (!datatype) throw new TypeError(`Cannot answer output '${name}': no protocol carries ${tensor.type}`)
  return {
    name,
    datatype,
    shape: tensor.dims,
    data: datatype === 'FP16' ? halfBits(tensor) : tensor.data,
  }
}

function halfBits({ data }: Tensor): Uint16Array {
  const { buffer, byteOffset, length } = data as Uint16Array
  return new Uint16Array(buffer, byteOffset, length)
}
