import { crc32 } from 'node:zlib'

/**
 * Lines of the log as they are put together: bytes from the start, for a text would be gone through once more for its
 * checksum and once more on its way to the disk. The last field of each line is the CRC-32 of all the bytes before it.
 */
export class LineWriter {
  #bytes: Buffer
  #length = 0
  #lineFrom = 0

  /** @param expectedBytes how much is likely to come */
  constructor(expectedBytes = 0) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes + 1024)
  }

  get length(): number {
    return this.#length
  }

  /** Goes on with a line: the JSON of an object, without its last brace. */
  write(text: string): void {
    const most = this.#length + text.length * mostBytesOfUnit
    if (most > this.#bytes.length) this.#grow(most)
    if (text.length > shortText || !this.#writeAscii(text)) this.#length += this.#bytes.write(text, this.#length)
  }

  #writeAscii(text: string): boolean {
    const bytes = this.#bytes
    const from = this.#length
    let units = 0
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      units |= unit
      bytes[from + i] = unit
    }
    if (units > 127) return false
    this.#length = from + text.length
    return true
  }

  /** Goes on with the bytes of values in base 64. */
  writeBase64({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    const text = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64')
    const most = this.#length + text.length
    if (most > this.#bytes.length) this.#grow(most)
    this.#length += this.#bytes.write(text, this.#length, 'latin1')
  }

  /** Ends the line. */
  end(): void {
    const checksum = crc32(this.#bytes.subarray(this.#lineFrom, this.#length))
    this.write(`,"crc":${checksum}}\n`)
    this.#lineFrom = this.#length
  }

  /** All lines, once they are there; overwritten by those of its next use. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Begins anew, in the same room. */
  clear(): void {
    this.#length = this.#lineFrom = 0
  }

  /** Bytes that it has room for. */
  get capacity(): number {
    return this.#bytes.length
  }

  #grow(least: number): void {
    const grown = Buffer.allocUnsafe(Math.max(least, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

/** So short a text is written unit by unit: sooner done than a call of the runtime. */
const shortText = 40

/** Bytes of UTF-8 for one unit of a text, at most. */
const mostBytesOfUnit = 3

/**
 * A writer for the lines of a batch. It goes on in the room of one that was given back: allocated for every batch, that
 * alone would keep the garbage collector at work.
 * @param expectedBytes how much is likely to come
 */
export const takeLineWriter = (expectedBytes: number): LineWriter => spare.pop() ?? new LineWriter(expectedBytes)

/** Gives a writer back whose bytes nobody reads any more. */
export function giveBackLineWriter(writer: LineWriter): void {
  if (writer.capacity > mostKeptBytes || spare.length >= mostKept) return
  writer.clear()
  spare.push(writer)
}

const spare: LineWriter[] = []
const mostKept = 4
const mostKeptBytes = 4 * 2 ** 20
