import { isUtf8 } from 'node:buffer'
import { fail } from '../failures.ts'

/**
 * Reads a raw BYTES tensor: each element is its length as a little-endian uint32, then so many bytes of UTF-8.
 * @param tensor.count elements that the shape says there are
 * @throws {Failure} `serving/badInput` when the lengths do not add up, or when an element is not UTF-8
 */
export function decodeBytes(
  tensor: { readonly name: string; readonly count: number },
  bytes: Uint8Array,
): readonly string[] {
  const { name, count } = tensor
  const wrong = (state: string) => fail('badInput', `Cannot read input '${name}': ${state}`)
  // Before memory is taken for as many elements as somebody claims.
  if (count * lengthBytes > bytes.length)
    throw wrong(`${count} BYTES elements take at least ${count * lengthBytes} bytes, got ${bytes.length}`)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const texts = Array.from<string>({ length: count })
  let at = 0
  for (let k = 0; k < count; k++) {
    if (at + lengthBytes > buffer.length) throw wrong(`its bytes end before BYTES element ${k} of ${count}`)
    const from = at + lengthBytes
    const to = from + buffer.readUInt32LE(at)
    if (to > buffer.length)
      throw wrong(`BYTES element ${k} says that it has ${to - from} bytes, but only ${buffer.length - from} follow`)
    const text = buffer.toString('utf8', from, to)
    if (isReplaced(text) && !isUtf8(buffer.subarray(from, to))) throw wrong(`BYTES element ${k} ${notUtf8}`)
    texts[k] = text
    at = to
  }
  if (at < buffer.length) throw wrong(`${buffer.length - at} bytes follow its last BYTES element`)
  return texts
}

/**
 * Reads one element of a BYTES tensor that carries no length.
 * @throws {Failure} `serving/badInput` when it is not UTF-8
 */
export function decodeText(element: { readonly name: string; readonly index: number }, bytes: Uint8Array): string {
  if (!isUtf8(bytes))
    throw fail('badInput', `Cannot read input '${element.name}': BYTES element ${element.index} ${notUtf8}`)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** Writes texts as {@link decodeBytes} reads them. */
export function encodeBytes(texts: readonly string[]): Buffer {
  const sizes = texts.map((text) => Buffer.byteLength(text))
  const buffer = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + lengthBytes + size, 0))
  let at = 0
  for (const [k, text] of texts.entries()) {
    at = buffer.writeUInt32LE(sizes[k] as number, at)
    at += buffer.write(text, at)
  }
  return buffer
}

const lengthBytes = 4

const notUtf8 = 'is not valid UTF-8, and text is the only content that ONNX Runtime takes for BYTES'

/** Whether decoding may have put replacement characters in the place of bytes. */
const isReplaced = (text: string): boolean => text.includes('\uFFFD')
