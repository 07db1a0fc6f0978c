/** Reads the answers of a keep-alive connection on which one request is under way at a time. */
export class ResponseReader {
  #pending: Buffer | null = null

  /** @returns the status of the answer that this piece completes, or null while one is incomplete */
  push(piece: Buffer): number | null {
    const bytes = this.#pending === null ? piece : Buffer.concat([this.#pending, piece])
    const length = lengthOf(bytes)
    if (length === null || bytes.length < length) {
      this.#pending = bytes
      return null
    }
    this.#pending = null
    return Number(bytes.toString('latin1', 9, 12))
  }
}

/** Length of the whole answer at the beginning of these bytes; null while it cannot be known. */
function lengthOf(bytes: Buffer): number | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)
  if (length) return end + 4 + Number(length[1])
  return /\r\ntransfer-encoding: *chunked/i.test(head) ? chunkedLength(bytes, end + 4) : end + 4
}

function chunkedLength(bytes: Buffer, from: number): number | null {
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return null
    const size = parseInt(bytes.toString('latin1', at, line), 16)
    at = line + 2 + size + 2
    if (size === 0) return at
  }
}
