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
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** Ends the line. */
  end(): void {
    const checksum = crc32(this.#bytes.subarray(this.#lineFrom, this.#length))
    this.write(`,"crc":${checksum}}\n`)
    this.#lineFrom = this.#length
  }

  /** All lines, once they are there. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(least: number): void {
    const grown = Buffer.allocUnsafe(Math.max(least, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

/** Bytes of UTF-8 for one unit of a text, at most. */
const mostBytesOfUnit = 3
