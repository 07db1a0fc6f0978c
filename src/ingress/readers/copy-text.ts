import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { storageFailure } from '#platform'
import type { NewFile } from '../new-files.ts'
import type { ReadContext, Reject } from './part.ts'

/** A copy to read in a file's place. */
export interface TextCopy {
  readonly path: string
  /** Lines of the file before the first line after the header in the copy. */
  readonly linesBefore: number
  readonly rejects: readonly Reject[]
}

/**
 * Copies a text file where it cannot be read as it stands: when it mixes line ends (DuckDB refuses that), CR LF becomes
 * LF; when it has grown, the copy holds the header and what was added.
 * @param headerBytes length of the header with its line end; 0 without one
 * @returns undefined when the file can be read as it is
 */
export async function copyText(
  file: NewFile,
  { blobs, scratch }: Pick<ReadContext, 'blobs' | 'scratch'>,
  headerBytes: number,
): Promise<TextCopy | undefined> {
  const text = file.text
  const isMixed = text !== null && text.crlfLines > 0 && text.lfLines > 0
  if (!isMixed && file.takenBytes === 0) return undefined
  const path = blobs.scratchPath('txt')
  scratch.push(path)
  const rest = file.takenBytes === 0 ? undefined : await restOfLine(file)
  const from = file.takenBytes + (rest?.bytes ?? 0)
  const header =
    from === 0 || headerBytes === 0
      ? undefined
      : createReadStream(file.absolutePath, { start: 0, end: headerBytes - 1 })
  const parts = [header, createReadStream(file.absolutePath, { start: from })].filter((part) => part !== undefined)
  try {
    await pipeline(Readable.from(joined(parts)), unixLines(isMixed), createWriteStream(path))
  } catch (error) {
    throw storageFailure(`copy '${file.path}'`, error)
  }
  const linesBefore = from === 0 ? 0 : (await countLines(file, from)) - (await countLines(file, headerBytes))
  return { path, linesBefore, rejects: rest?.text.trim() ? [{ ...cutOff(file), ...rest }] : [] }
}

async function* joined(parts: readonly AsyncIterable<Buffer>[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield* part
}

/** Turns CR LF into LF, also over the border of two parts. */
function unixLines(isWanted: boolean): Transform {
  let held = false
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      if (!isWanted) return done(null, part)
      let text = (held ? '\r' : '') + part.toString('latin1')
      held = text.endsWith('\r')
      if (held) text = text.slice(0, -1)
      done(null, Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1'))
    },
    flush(done) {
      done(null, held ? Buffer.from('\r') : undefined)
    },
  })
}

/** What the file added to a row that was taken before its line had ended; nothing where it had. */
async function restOfLine(file: NewFile): Promise<{ bytes: number; text: string; line: number } | undefined> {
  await using handle = await open(file.absolutePath)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(restBytes), 0, restBytes, file.takenBytes - 1)
  const bytes = buffer.subarray(0, bytesRead)
  if (bytes[0] === 10) return undefined
  const end = bytes.indexOf(10)
  const added = bytes.subarray(1, end < 0 ? bytesRead : end + 1)
  return {
    bytes: added.length,
    text: added.toString('utf8').trim(),
    line: (await countLines(file, file.takenBytes)) + 1,
  }
}

const restBytes = 1 << 20

const cutOff = (file: NewFile) => ({
  path: file.path,
  columns: [],
  reason: 'continues a row that was taken before its line had ended',
})

/** Line ends in the first `bytes` of a file. */
async function countLines(file: NewFile, bytes: number): Promise<number> {
  let count = 0
  if (bytes === 0) return 0
  for await (const part of createReadStream(file.absolutePath, { end: bytes - 1, highWaterMark: 1 << 20 })) {
    const buffer = part as Buffer
    for (let at = buffer.indexOf(10); at >= 0; at = buffer.indexOf(10, at + 1)) count++
  }
  return count
}
