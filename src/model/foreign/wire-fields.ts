import protobuf from 'protobufjs/light.js'

/** One field of a protobuf message, as it stands in the bytes. */
export interface WireField {
  readonly number: number
  /** What a field of text, bytes or a message holds; undefined for a number. */
  readonly content: Uint8Array | undefined
  /** The field whole, its tag included. */
  readonly bytes: Uint8Array
}

/** What becomes of the content of a field, by its number; null leaves the field out. */
export type WireRules = Readonly<Record<number, (content: Uint8Array) => Uint8Array | null>>

/**
 * The fields of a message in their order, known or not: whoever puts them together again loses nothing.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function wireFields(message: Uint8Array): readonly WireField[] {
  const reader = protobuf.Reader.create(message)
  const fields: WireField[] = []
  while (reader.pos < reader.len) {
    const from = reader.pos
    const tag = reader.uint32()
    let content: Uint8Array | undefined
    if ((tag & 7) === lengthDelimited) content = reader.bytes()
    else reader.skipType(tag & 7)
    fields.push({ number: tag >>> 3, content, bytes: message.subarray(from, reader.pos) })
  }
  return fields
}

/** A field of text, bytes or a message. */
export function wireField(number: number, content: Uint8Array): Uint8Array {
  return protobuf.Writer.create()
    .uint32((number << 3) | lengthDelimited)
    .bytes(content)
    .finish()
}

/** The same message with the rules applied to its fields; what has no rule stays as it is. */
export function rewriteWire(message: Uint8Array, rules: WireRules): Uint8Array {
  return Buffer.concat(
    wireFields(message).flatMap(({ number, content, bytes }) => {
      const rule = rules[number]
      if (!rule || content === undefined) return [bytes]
      const made = rule(content)
      return made === null ? [] : [wireField(number, made)]
    }),
  )
}

const lengthDelimited = 2
