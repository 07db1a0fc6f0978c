import { tensorTypeNumbers } from './onnx-schema.ts'
import type { TensorType } from './onnx-schema.ts'

/** A tensor as an ONNX file holds it. */
export interface TensorProto {
  readonly name: string
  readonly dataType: number
  readonly dims: readonly number[]
  readonly rawData?: Uint8Array
  readonly stringData?: readonly Uint8Array[]
}

/** The values of a tensor, row-major: numbers, 0 and 1 for `bool`, the bits of `float16`, text for `string`. */
export type TensorData = ArrayLike<number> | ArrayLike<bigint> | ArrayLike<boolean> | readonly string[]

/**
 * Makes a tensor; numbers are stored as raw little-endian bytes, rounded to the tensor's type.
 * @throws RangeError when the data does not fill the dimensions
 */
export function tensorProto(tensor: {
  readonly name: string
  readonly type: TensorType
  readonly dims: readonly number[]
  readonly data: TensorData
}): TensorProto {
  const { name, type, dims, data } = tensor
  const size = dims.reduce((product, dim) => product * dim, 1)
  if (data.length !== size)
    throw new RangeError(`Cannot make tensor '${name}': [${dims.join(', ')}] holds ${size} values, got ${data.length}`)
  const head = { name, dataType: tensorTypeNumbers[type], dims }
  return type === 'string'
    ? { ...head, stringData: Array.from(data as readonly string[], utf8) }
    : { ...head, rawData: rawBytes(type, data as ArrayLike<number>) }
}

/** Text as UTF-8. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

function rawBytes(type: Exclude<TensorType, 'string'>, data: ArrayLike<number>): Uint8Array {
  const array = typedArray(type, data)
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function typedArray(type: Exclude<TensorType, 'string'>, data: ArrayLike<number>) {
  if (type === 'int64') return BigInt64Array.from(data as ArrayLike<unknown> as ArrayLike<bigint>, BigInt)
  if (type === 'uint64') return BigUint64Array.from(data as ArrayLike<unknown> as ArrayLike<bigint>, BigInt)
  return (arrays[type] as typeof Float64Array).from(data, Number)
}

const arrays = {
  float: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  bool: Uint8Array,
  float16: Uint16Array,
  double: Float64Array,
  uint32: Uint32Array,
} as const
