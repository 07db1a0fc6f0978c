import protobuf from 'protobufjs/light.js'
import { fail } from '../failures.ts'
import { decodeMessage, numberOf, type Long } from './messages.ts'

/** A parameter as it stands in a message: one of its fields is there, or none. */
export interface ParameterMessage {
  readonly boolParam?: boolean
  readonly int64Param?: Long
  readonly stringParam?: string
  readonly doubleParam?: number
  readonly uint64Param?: Long
}

export type ParameterMessages = Readonly<Record<string, ParameterMessage>>

/** An input as it stands in a request. */
export interface InputMessage {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly parameters: ParameterMessages
  /** The bytes of its `InferTensorContents`; undefined where there are none. */
  readonly contents: Uint8Array | undefined
}

/** A `ModelInferRequest`. */
export interface InferMessage {
  readonly modelName: string
  readonly modelVersion: string
  readonly id: string
  readonly parameters: ParameterMessages
  readonly inputs: readonly InputMessage[]
  readonly outputs: readonly { readonly name: string; readonly parameters: ParameterMessages }[]
  readonly rawInputContents: readonly Uint8Array[]
}

/**
 * Reads a `ModelInferRequest`. It is read by hand, and the values of its tensors not at all, so that no message takes
 * much more memory than it has bytes: as objects, its integers would take fifty times as much.
 * @throws {Failure} `serving/badInput` for a message of more parts than any model has
 * @throws RangeError or Error where the bytes are no such message
 */
export function readInferMessage(bytes: Uint8Array): InferMessage {
  let [modelName, modelVersion, id] = ['', '', '']
  const parameters: Record<string, ParameterMessage> = {}
  const inputs: InputMessage[] = []
  const outputs: InferMessage['outputs'][number][] = []
  const rawInputContents: Uint8Array[] = []
  const parts = { left: mostParts }
  readFields(bytes, parts, {
    1: (reader) => (modelName = reader.string()),
    2: (reader) => (modelVersion = reader.string()),
    3: (reader) => (id = reader.string()),
    4: (reader) => readParameter(reader.bytes(), parts, parameters),
    5: (reader) => inputs.push(readInput(reader.bytes(), parts)),
    6: (reader) => outputs.push(readOutput(reader.bytes(), parts)),
    7: (reader) => rawInputContents.push(reader.bytes()),
  })
  return { modelName, modelVersion, id, parameters, inputs, outputs, rawInputContents }
}

/** Fields that a request may have in all, those of its tensors included: some thousands of inputs. */
const mostParts = 65_536

interface PartsLeft {
  left: number
}

function readInput(bytes: Uint8Array, parts: PartsLeft): InputMessage {
  let [name, datatype] = ['', '']
  let contents: Uint8Array | undefined
  const shape: number[] = []
  const parameters: Record<string, ParameterMessage> = {}
  const takeDim = (reader: protobuf.Reader) => {
    takePart(parts)
    shape.push(numberOf(reader.int64()))
  }
  readFields(bytes, parts, {
    1: (reader) => (name = reader.string()),
    2: (reader) => (datatype = reader.string()),
    3: (reader, wireType) => {
      if (wireType === varint) return takeDim(reader)
      const packed = protobuf.Reader.create(reader.bytes())
      while (packed.pos < packed.len) takeDim(packed)
    },
    4: (reader) => readParameter(reader.bytes(), parts, parameters),
    // A message that comes in two pieces means both of them, one after the other.
    5: (reader) => (contents = contents ? Buffer.concat([contents, reader.bytes()]) : reader.bytes()),
  })
  return { name, datatype, shape, parameters, contents }
}

function readOutput(bytes: Uint8Array, parts: PartsLeft): InferMessage['outputs'][number] {
  let name = ''
  const parameters: Record<string, ParameterMessage> = {}
  readFields(bytes, parts, {
    1: (reader) => (name = reader.string()),
    2: (reader) => readParameter(reader.bytes(), parts, parameters),
  })
  return { name, parameters }
}

/** Reads one entry of a map of parameters. */
function readParameter(bytes: Uint8Array, parts: PartsLeft, into: Record<string, ParameterMessage>): void {
  let key = ''
  let value: ParameterMessage = {}
  readFields(bytes, parts, {
    1: (reader) => (key = reader.string()),
    2: (reader) => (value = decodeMessage('InferParameter', reader.bytes()) as ParameterMessage),
  })
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true })
}

type ReadField = (reader: protobuf.Reader, wireType: number) => unknown

/** Hands each field of a message to whoever reads it; fields that nobody knows are passed over, as protobuf has it. */
function readFields(bytes: Uint8Array, parts: PartsLeft, fields: Readonly<Record<number, ReadField>>): void {
  const reader = protobuf.Reader.create(bytes)
  while (reader.pos < reader.len) {
    takePart(parts)
    const tag = reader.uint32()
    const wireType = tag & 7
    const read = wireType === lengthDelimited || wireType === varint ? fields[tag >>> 3] : undefined
    if (read === undefined) reader.skipType(wireType)
    else if (wireType === lengthDelimited || read.length > 1) read(reader, wireType)
    else reader.skipType(wireType)
  }
}

function takePart(parts: PartsLeft): void {
  if (parts.left-- <= 0) throw fail('badInput', `Cannot read the request: it has more than ${mostParts} fields`)
}

const varint = 0
const lengthDelimited = 2
