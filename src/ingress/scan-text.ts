import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { fail } from './failures.ts'
import { openFailure } from './find-files.ts'

/** What one reading of a text file's bytes tells. */
export interface TextFacts {
  /** SHA-256 of the bytes. */
  readonly digest: string
  /** SHA-256 of the first `prefixBytes`, where they were asked for. */
  readonly prefixDigest: string | null
  /** Lines that end in CR LF, and lines that end in LF alone. */
  readonly crlfLines: number
  readonly lfLines: number
  /** Whether there is anything but white space. */
  readonly isBlank: boolean
}

/**
 * Reads a text file once: digest, line ends, and whether it is UTF-8.
 * @throws {Failure} `ingress/notUtf8` with the first bad line, `ingress/unreadableFile`
 */
export async function scanText(
  file: { readonly path: string; readonly absolutePath: string },
  { prefixBytes }: { readonly prefixBytes?: number | undefined } = {},
): Promise<TextFacts> {
  const whole = createHash('sha256')
  const prefix = createHash('sha256')
  const lines = { crlf: 0, lf: 0 }
  let offset = 0
  let before = 0
  let isBlank = true
  let carry: Buffer = Buffer.alloc(0)
  try {
    for await (const part of createReadStream(file.absolutePath, { highWaterMark: 1 << 20 })) {
      const bytes = part as Buffer
      whole.update(bytes)
      if (prefixBytes !== undefined && offset < prefixBytes) prefix.update(bytes.subarray(0, prefixBytes - offset))
      const text = carry.length > 0 ? Buffer.concat([carry, bytes]) : bytes
      const end = wholeCharacters(text)
      if (!isUtf8(text.subarray(0, end))) throw notUtf8(file.path, { text, lines, startsAt: offset - carry.length })
      carry = text.subarray(end)
      countLines(bytes, { lines, before })
      isBlank &&= blank.test(bytes.toString('latin1'))
      before = bytes[bytes.length - 1] as number
      offset += bytes.length
    }
  } catch (error) {
    throw openFailure(file.path, error)
  }
  if (carry.length > 0) throw notUtf8(file.path, { text: carry, lines, startsAt: offset - carry.length })
  return {
    digest: whole.digest('hex'),
    prefixDigest: prefixBytes === undefined ? null : prefix.digest('hex'),
    crlfLines: lines.crlf,
    lfLines: lines.lf,
    isBlank,
  }
}

const blank = /^[\s\u00ef\u00bb\u00bf]*$/
const [lineFeed, carriageReturn] = [10, 13]

function countLines(bytes: Buffer, state: { lines: { crlf: number; lf: number }; before: number }): void {
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    if ((at > 0 ? bytes[at - 1] : state.before) === carriageReturn) state.lines.crlf++
    else state.lines.lf++
  }
}

/** Length of `bytes` without a character that is cut off at its end. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return bytes.length
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 0
    if (needs > 0) return needs > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** Names the line of the first bad byte. */
function notUtf8(path: string, state: { text: Buffer; lines: { crlf: number; lf: number }; startsAt: number }) {
  // `lines` holds the lines that ended before this part; the carried bytes hold none.
  let line = state.lines.crlf + state.lines.lf + 1
  let start = 0
  for (let end = state.text.indexOf(lineFeed); end >= 0; end = state.text.indexOf(lineFeed, start)) {
    if (!isUtf8(state.text.subarray(start, end))) break
    line++
    start = end + 1
  }
  const isZip = state.startsAt === 0 && state.text[0] === 0x1f && state.text[1] === 0x8b
  return fail(
    'notUtf8',
    isZip
      ? `Cannot read '${path}': it is compressed with gzip`
      : `Cannot read '${path}': line ${line} holds bytes that are not UTF-8`,
    { details: { path, line }, ...(isZip && { remedy: `Unpack it first: gunzip ${path}` }) },
  )
}
