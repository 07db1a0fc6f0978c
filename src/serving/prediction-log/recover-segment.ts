import { open, readFile } from 'node:fs/promises'
import { storageFailure } from '#platform'
import type { PartContent } from '../store.ts'
import { readLine } from './log-line.ts'

/**
 * Cuts a segment that a dead process left behind after its last whole line. What is cut was never answered: an answer
 * leaves only after its line, and all lines before it, are written. After a power cut it may be answers of the time since
 * the file was last forced onto the disk.
 * @returns what the segment holds; a file that is gone holds nothing
 */
export async function recoverSegment(path: string): Promise<PartContent> {
  try {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0)
      throw error
    })
    const { whole, content } = wholeLines(bytes)
    if (whole < bytes.length) {
      await using handle = await open(path, 'r+')
      await handle.truncate(whole)
      await handle.sync()
    }
    return content
  } catch (error) {
    throw storageFailure('read the prediction log', error)
  }
}

/** How many bytes of a segment are whole lines from its start, and what they hold. */
export function wholeLines(bytes: Buffer): { readonly whole: number; readonly content: PartContent } {
  const ids: string[] = []
  let fromMs = Infinity
  let toMs = -Infinity
  let whole = 0
  for (;;) {
    const end = bytes.indexOf(lineBreak, whole)
    const found = end < 0 ? undefined : readLine(bytes.toString('utf8', whole, end))
    if (!found) break
    whole = end + 1
    ids.push(found.id)
    fromMs = Math.min(fromMs, found.atMs)
    toMs = Math.max(toMs, found.atMs)
  }
  if (ids.length === 0) return { whole, content: { rows: 0, fromMs: null, toMs: null, firstId: null, lastId: null } }
  ids.sort()
  return {
    whole,
    content: { rows: ids.length, fromMs, toMs, firstId: ids[0] as string, lastId: ids.at(-1) as string },
  }
}

const lineBreak = 10
