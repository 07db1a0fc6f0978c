import { fail } from '../failures.ts'
import { decodeBytes, encodeBytes } from './bytes-tensor.ts'
import { datatypes, elementCount } from './datatypes.ts'
import type { TensorSpec, TensorValue, TensorValues } from './schema.ts'

/**
 * Reads a tensor from raw bytes: little-endian, row-major, without padding; BOOL one byte of 0 or 1; BYTES as
 * {@link decodeBytes} reads them. The values are a view of the bytes where these are aligned, else a copy.
 * @throws {Failure} `serving/badInput` when the bytes are not those of a tensor of that datatype and shape
 */
export function decodeRaw(spec: TensorSpec, bytes: Uint8Array): TensorValue {
  return { ...spec, data: valuesOf(spec, bytes) }
}

/** Writes the values of a tensor as {@link decodeRaw} reads them: a view of them, except for BYTES. */
export function encodeRaw({ data }: Pick<TensorValue, 'data'>): Buffer {
  return isTyped(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : encodeBytes(data)
}

function valuesOf(spec: TensorSpec, bytes: Uint8Array): TensorValues {
  const { name, datatype, shape } = spec
  const count = elementCount(spec)
  const { bytes: size, array } = datatypes[datatype]
  if (array === null) return decodeBytes({ name, count }, bytes)
  if (bytes.length !== count * size)
    throw fail(
      'badInput',
      `Cannot read input '${name}': ${datatype} of shape [${shape.join(', ')}] takes ${count * size} bytes, got ${bytes.length}`,
    )
  if (datatype === 'BOOL') checkBooleans(name, bytes)
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  return new array(aligned.buffer, aligned.byteOffset, count)
}

function checkBooleans(name: string, bytes: Uint8Array): void {
  const wrong = bytes.findIndex((byte) => byte > 1)
  if (wrong >= 0)
    throw fail('badInput', `Cannot read input '${name}': BOOL element ${wrong} is ${bytes[wrong]}, neither 0 nor 1`)
}

const isTyped = (data: TensorValues): data is Exclude<TensorValues, readonly string[]> => ArrayBuffer.isView(data)
