import protobuf from 'protobufjs/light.js'
import { protocolMessages } from './protocol-messages.ts'
import { tritonMessages } from './triton-messages.ts'

/** Name of a message of the protocol or of its extensions. */
export type MessageName = Exclude<keyof typeof protocolMessages | keyof typeof tritonMessages, 'DataType'>

const root = protobuf.Root.fromJSON({
  nested: { inference: { nested: { ...protocolMessages, ...tritonMessages } } },
})

/** The type of a message, to read and write its bytes. */
export function messageType(name: MessageName): protobuf.Type {
  return root.lookupType(`inference.${name}`)
}

/** Writes a message from its fields. */
export function encodeMessage(name: MessageName, fields: object): Buffer {
  const bytes = messageType(name).encode(fields).finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Reads the fields of a message; those that are absent have their defaults, except in a choice of several.
 * @throws RangeError or Error where the bytes are no such message
 */
export function decodeMessage(name: MessageName, bytes: Uint8Array): unknown {
  const type = messageType(name)
  return type.toObject(type.decode(bytes), { defaults: true })
}

/** A 64-bit integer as messages hold it. */
export interface Long {
  readonly low: number
  readonly high: number
  readonly unsigned: boolean
}

/** The nearest number to a 64-bit integer. */
export function numberOf({ low, high, unsigned }: Long): number {
  return (unsigned ? high >>> 0 : high) * 2 ** 32 + (low >>> 0)
}
