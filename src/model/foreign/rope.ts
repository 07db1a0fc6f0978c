import protobuf from 'protobufjs/light.js'

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
