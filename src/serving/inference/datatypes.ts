import type { ElementType } from '#model'
import { fail } from '../failures.ts'
import type { Datatype, TensorSpec, TensorValues } from './schema.ts'

/** What is known of a datatype of the protocol. */
export interface DatatypeEntry {
  /** Bytes of one element where it is raw; 0 for BYTES, whose elements say their own length. */
  readonly bytes: number
  /** ONNX Runtime's name of it. */
  readonly ort: ElementType
  /** The typed array that holds its values; null for BYTES, which are text. */
  readonly array: TypedArrayConstructor | null
}

/** The typed arrays that values of tensors come in. */
export type TypedArray = Exclude<TensorValues, readonly string[]>

/** Makes a {@link TypedArray}, of zeros or over bytes that are there already. */
export interface TypedArrayConstructor {
  new (length: number): TypedArray
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray
}

/** Every datatype that Millrace takes and gives. */
export const datatypes: Readonly<Record<Datatype, DatatypeEntry>> = {
  BOOL: { bytes: 1, ort: 'bool', array: Uint8Array },
  UINT8: { bytes: 1, ort: 'uint8', array: Uint8Array },
  UINT16: { bytes: 2, ort: 'uint16', array: Uint16Array },
  UINT32: { bytes: 4, ort: 'uint32', array: Uint32Array },
  UINT64: { bytes: 8, ort: 'uint64', array: BigUint64Array },
  INT8: { bytes: 1, ort: 'int8', array: Int8Array },
  INT16: { bytes: 2, ort: 'int16', array: Int16Array },
  INT32: { bytes: 4, ort: 'int32', array: Int32Array },
  INT64: { bytes: 8, ort: 'int64', array: BigInt64Array },
  FP16: { bytes: 2, ort: 'float16', array: Uint16Array },
  FP32: { bytes: 4, ort: 'float32', array: Float32Array },
  FP64: { bytes: 8, ort: 'float64', array: Float64Array },
  BYTES: { bytes: 0, ort: 'string', array: null },
}

/**
 * The datatype that a request names for a tensor.
 * @throws {Failure} `serving/badInput`
 */
export function datatypeNamed(text: string, tensor: string): Datatype {
  if (Object.hasOwn(datatypes, text)) return text as Datatype
  throw fail('badInput', `Cannot read input '${tensor}': '${text}' is no datatype`, {
    remedy: `Use one of ${Object.keys(datatypes).join(', ')}`,
  })
}

/** The datatype that ONNX Runtime calls so; undefined for those that no protocol can carry. */
export function datatypeOfOrt(ort: string): Datatype | undefined {
  return byOrt.get(ort)
}

const byOrt: ReadonlyMap<string, Datatype> = new Map(
  Object.entries(datatypes).map(([name, { ort }]) => [ort, name as Datatype]),
)

/**
 * How many elements a tensor of a request holds: the product of its shape, 1 for a scalar.
 * @throws {Failure} `serving/badInput` for a dimension that is no whole number of 0 or more, for more than 64 of them, or
 * for 2³¹ elements and more
 */
export function elementCount({ name, shape }: Pick<TensorSpec, 'name' | 'shape'>): number {
  if (shape.length > mostDimensions)
    throw fail('badInput', `Cannot read input '${name}': its shape has more than ${mostDimensions} dimensions`)
  let count = 1
  for (const dim of shape) {
    if (!Number.isInteger(dim) || dim < 0)
      throw fail('badInput', `Cannot read input '${name}': its shape [${shape.join(', ')}] has the dimension ${dim}`, {
        remedy: 'Send the shape of the data itself: whole numbers of 0 or more',
      })
    count *= dim
    // Before a later 0 can hide it.
    if (dim > mostElements || count > mostElements)
      throw fail('badInput', `Cannot read input '${name}': its shape [${shape.join(', ')}] has 2^31 elements or more`)
  }
  return count
}

/** As many as NumPy has. */
const mostDimensions = 64
const mostElements = 2 ** 31 - 1
