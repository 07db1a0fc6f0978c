import protobuf from 'protobufjs/light.js'
import { fail } from '../failures.ts'
import { decodeText } from '../inference/bytes-tensor.ts'
import { datatypes, elementCount, type TypedArray } from '../inference/datatypes.ts'
import type { Datatype, TensorSpec, TensorValue, TensorValues } from '../inference/schema.ts'
import { messageType, type Long } from './messages.ts'

/**
 * Reads the values of a tensor from the bytes of its `InferTensorContents`.
 * @throws {Failure} `serving/badInput` when they are not those of a tensor of that datatype and shape
 * @throws RangeError or Error where the bytes are no such message
 */
export function decodeTyped(spec: TensorSpec, contents: Uint8Array): TensorValue {
  const { name, datatype, shape } = spec
  const field = fields[datatype]
  if (field === undefined)
    throw fail('badInput', `Cannot read input '${name}': ${datatype} has no typed contents`, {
      remedy: 'Send its bytes in raw_input_contents',
    })
  const count = elementCount(spec)
  const wrong = (got: string) =>
    fail(
      'badInput',
      `Cannot read input '${name}': ${datatype} of shape [${shape.join(', ')}] takes ${count} values in ${field.name}, got ${got}`,
    )
  // Each value takes a byte at least: before memory is taken for as many as somebody claims.
  if (count > contents.length) throw wrong('fewer')
  const values = emptyValues(datatype, count)
  const reader = protobuf.Reader.create(contents)
  let taken = 0
  const take = (from: protobuf.Reader) => {
    if (taken === count) throw wrong('more')
    takeValue(spec, { from, values, index: taken++ })
  }
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 !== field.id) {
      const other = contentsType.fieldsById[tag >>> 3]
      if (other) throw wrong('values in another field')
      reader.skipType(tag & 7)
    } else if ((tag & 7) === field.wireType) take(reader)
    else if ((tag & 7) !== lengthDelimited) throw wrong('values of another kind')
    else for (const packed = protobuf.Reader.create(reader.bytes()); packed.pos < packed.len;) take(packed)
  }
  if (taken < count) throw wrong(String(taken))
  return { ...spec, data: values }
}

/** The fields of the `InferTensorContents` of a tensor; not for FP16, which has none. */
export function typedContents({ datatype, data }: Pick<TensorValue, 'datatype' | 'data'>): object {
  if (datatype === 'BYTES') return { bytesContents: (data as readonly string[]).map((text) => Buffer.from(text)) }
  if (datatype === 'INT64' || datatype === 'UINT64')
    return { [(fields[datatype] as Field).key]: longsOf(data as BigInt64Array) }
  return { [(fields[datatype] as Field).key]: data }
}

interface Field {
  readonly id: number
  readonly key: string
  /** As the protocol spells it. */
  readonly name: string
  /** How one value stands that is not packed with others. */
  readonly wireType: number
}

const contentsType = messageType('InferTensorContents')

const lengthDelimited = 2

const fieldOf = (key: string): Field => ({
  key,
  wireType: { fp32Contents: 5, fp64Contents: 1, bytesContents: lengthDelimited }[key] ?? 0,
  id: contentsType.fields[key]?.id as number,
  name: key.replace('Contents', '_contents'),
})

const fields: Readonly<Partial<Record<Datatype, Field>>> = {
  BOOL: fieldOf('boolContents'),
  INT8: fieldOf('intContents'),
  INT16: fieldOf('intContents'),
  INT32: fieldOf('intContents'),
  INT64: fieldOf('int64Contents'),
  UINT8: fieldOf('uintContents'),
  UINT16: fieldOf('uintContents'),
  UINT32: fieldOf('uintContents'),
  UINT64: fieldOf('uint64Contents'),
  FP32: fieldOf('fp32Contents'),
  FP64: fieldOf('fp64Contents'),
  BYTES: fieldOf('bytesContents'),
}

function emptyValues(datatype: Datatype, count: number): TypedArray | string[] {
  const { array } = datatypes[datatype]
  return array ? new array(count) : Array.from<string>({ length: count })
}

interface Place {
  readonly from: protobuf.Reader
  readonly values: TensorValues
  readonly index: number
}

function takeValue({ name, datatype }: TensorSpec, { from, values, index }: Place): void {
  if (datatype === 'BYTES') {
    ;(values as string[])[index] = decodeText({ name, index }, from.bytes())
    return
  }
  if (datatype === 'INT64' || datatype === 'UINT64') {
    const { low, high } = from.int64() as Long
    const halves = new Int32Array((values as BigInt64Array).buffer, index * 8, 2)
    halves[0] = low
    halves[1] = high
    return
  }
  const value = readNumber[datatype]?.(from) as number
  const numbers = values as Float64Array
  numbers[index] = value
  // Integers of 8 and 16 bits come as 32: what does not fit would be another number.
  if (datatype !== 'FP32' && datatype !== 'FP64' && numbers[index] !== value)
    throw fail('badInput', `Cannot read input '${name}': element ${index} is ${value}, which is no ${datatype}`)
}

const readNumber: Readonly<Partial<Record<Datatype, (reader: protobuf.Reader) => number>>> = {
  BOOL: (reader) => (reader.bool() ? 1 : 0),
  INT8: (reader) => reader.int32(),
  INT16: (reader) => reader.int32(),
  INT32: (reader) => reader.int32(),
  UINT8: (reader) => reader.uint32(),
  UINT16: (reader) => reader.uint32(),
  UINT32: (reader) => reader.uint32(),
  FP32: (reader) => reader.float(),
  FP64: (reader) => reader.double(),
}

/** The halves of 64-bit integers, which are what messages are written from. */
function longsOf(values: BigInt64Array | BigUint64Array): Omit<Long, 'unsigned'>[] {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  return Array.from({ length: values.length }, (_, k) => ({
    low: halves[2 * k] as number,
    high: halves[2 * k + 1] as number,
  }))
}
