import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf, storageFailure, type Blobs } from '#platform'

/** A line that is no JSON object. */
export interface MalformedLine {
  /** From 1. */
  readonly line: number
  readonly text: string
  readonly reason: string
}

/** Copies a file from byte `start` with its malformed lines blank, so that every other keeps its place. */
export async function copyObjects(
  path: string,
  { blobs, scratch, start }: { readonly blobs: Blobs; readonly scratch: string[]; readonly start: number },
): Promise<{ readonly path: string; readonly malformed: readonly MalformedLine[]; readonly good: number }> {
  const malformed: MalformedLine[] = []
  const copy = blobs.scratchPath('ndjson')
  scratch.push(copy)
  let [line, good] = [0, 0]
  async function* clean(): AsyncGenerator<string> {
    for await (const text of linesOf(path, start)) {
      line++
      const reason = text.trim() === '' ? null : problemOf(text)
      if (reason !== null) malformed.push({ line, text, reason })
      else if (text.trim() !== '') good++
      yield reason === null ? `${text}\n` : '\n'
    }
  }
  try {
    await pipeline(Readable.from(clean()), createWriteStream(copy))
  } catch (error) {
    throw storageFailure('copy a JSON file', error)
  }
  return { path: copy, malformed, good }
}

/** The lines, from 1, that hold these records, from 1; blank lines hold none. */
export async function findLines(
  path: string,
  records: readonly number[],
): Promise<ReadonlyMap<number, { readonly line: number; readonly text: string }>> {
  const wanted = new Set(records)
  const found = new Map<number, { line: number; text: string }>()
  if (wanted.size === 0) return found
  let [line, record] = [0, 0]
  for await (const text of linesOf(path)) {
    line++
    if (text.trim() === '') continue
    if (wanted.has(++record)) found.set(record, { line, text })
    if (found.size === wanted.size) break
  }
  return found
}

const linesOf = (path: string, start = 0) =>
  createInterface({ input: createReadStream(path, { start }), crlfDelay: Infinity })

/** Why a line is no JSON object; null when it is one. */
function problemOf(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'not a JSON object'
    return repeatedKey(text, value)
  } catch (error) {
    return `malformed JSON: ${messageOf(error).replace(/, "?.*"? is not valid JSON$/s, '')}`
  }
}

/** JavaScript keeps the last of two equal keys, DuckDB refuses them. */
function repeatedKey(text: string, value: object): string | null {
  const keys = Object.keys(value)
  const lower = new Set(keys.map((key) => key.toLowerCase()))
  if (lower.size < keys.length) return 'two keys differ in case alone'
  let depth = 0
  let seen = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && token.endsWith(':')) seen++
  }
  return seen > keys.length ? 'a key stands twice' : null
}
