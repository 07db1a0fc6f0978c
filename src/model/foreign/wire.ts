import protobuf from 'protobufjs/light.js'
import { messageOf } from '#platform'
import { fail } from '../failures.ts'

/** A field of a message as it stands in the bytes of a file. */
export interface WireField {
  readonly number: number
  /** The whole field, its tag included. */
  readonly raw: Uint8Array
  /** What it holds, where that has a length: a message, text or bytes; empty for a number. */
  readonly bytes: Uint8Array
  /** A whole number that stands by itself; 0 for any other field. */
  readonly value: number
}

/** A part of a file that is copied when the message around it is written. */
export interface FileRange {
  readonly path: string
  readonly offset: number
  readonly sizeBytes: number
}

/** A message in the making: bytes that lie in memory, and parts of files that are not read before it is written. */
export interface Rope {
  readonly sizeBytes: number
  readonly pieces: readonly (Uint8Array | FileRange)[]
}

/**
 * The fields of a message, in their order. Nothing is decoded, so what nobody knows passes as it is.
 * @throws {Failure} `model/unreadable`
 */
export function fieldsOf(message: Uint8Array): readonly WireField[] {
  const fields: WireField[] = []
  try {
    const reader = protobuf.Reader.create(message)
    while (reader.pos < reader.len) {
      const from = reader.pos
      const tag = reader.uint32()
      const type = tag & 7
      const bytes = type === 2 ? reader.bytes() : nothing
      const value = type === 0 ? Number(reader.uint64()) : 0
      if (type !== 2 && type !== 0) reader.skipType(type)
      if (reader.pos > reader.len) throw new RangeError('a field reaches beyond the end')
      fields.push({ number: tag >>> 3, raw: message.subarray(from, reader.pos), bytes, value })
    }
  } catch (error) {
    throw fail('unreadable', `Cannot read the model: ${messageOf(error)}`, { cause: error })
  }
  return fields
}

/** Bytes as a message in the making. */
export const ropeOf = (bytes: Uint8Array): Rope => ({ sizeBytes: bytes.length, pieces: [bytes] })

/** Several messages in the making, one after another. */
export function joinRopes(ropes: readonly Rope[]): Rope {
  return {
    sizeBytes: ropes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    pieces: ropes.flatMap(({ pieces }) => pieces),
  }
}

/** A field that holds a message, text or bytes. */
export function fieldRope(number: number, content: Rope): Rope {
  const head = protobuf.Writer.create()
    .uint32((number << 3) | 2)
    .uint32(content.sizeBytes)
    .finish()
  return { sizeBytes: head.length + content.sizeBytes, pieces: [head, ...content.pieces] }
}

/** A field that holds a whole number. */
export const numberRope = (number: number, value: number): Rope =>
  ropeOf(
    protobuf.Writer.create()
      .uint32(number << 3)
      .uint64(value)
      .finish(),
  )

const nothing = new Uint8Array()
