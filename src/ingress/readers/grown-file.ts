import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { openFailure } from '../find-files.ts'
import type { NewFile } from '../new-files.ts'
import type { Reject } from './part.ts'

/** Where a file goes on that has grown since its rows were taken. */
export interface Continuation {
  /** Byte, and its line. */
  readonly start: number
  readonly line: number
  /** What was added to a row that was taken before its line had ended. */
  readonly rejects: readonly Reject[]
}

/** The first whole line after the bytes that were taken before; the file's start when none were. */
export async function continuationOf(file: NewFile): Promise<Continuation> {
  if (file.takenBytes === 0) return { start: 0, line: 1, rejects: [] }
  try {
    const line = 1 + (await countLines(file, file.takenBytes))
    await using handle = await open(file.absolutePath)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(restBytes), 0, restBytes, file.takenBytes - 1)
    if (buffer[0] === lineFeed) return { start: file.takenBytes, line, rejects: [] }
    const rest = buffer.subarray(1, bytesRead)
    const end = rest.indexOf(lineFeed)
    const added = rest.subarray(0, end < 0 ? rest.length : end + 1)
    const text = added.toString('utf8').trim()
    const reject = {
      path: file.path,
      line,
      columns: [],
      reason: 'continues a row that was taken before its line had ended',
      text,
    }
    return { start: file.takenBytes + added.length, line: line + 1, rejects: text === '' ? [] : [reject] }
  } catch (error) {
    throw openFailure(file.path, error)
  }
}

const restBytes = 1 << 20
const lineFeed = 10

/** Line ends in the first `bytes` of a file. */
async function countLines(file: NewFile, bytes: number): Promise<number> {
  let count = 0
  for await (const part of createReadStream(file.absolutePath, { end: bytes - 1, highWaterMark: 1 << 20 })) {
    const buffer = part as Buffer
    for (let at = buffer.indexOf(lineFeed); at >= 0; at = buffer.indexOf(lineFeed, at + 1)) count++
  }
  return count
}
