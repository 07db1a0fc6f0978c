import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { storageFailure } from '#platform'
import type { NewFile } from '../new-files.ts'
import { walkCsv, type WalkedRecord, type WalkOptions } from '../walk-csv.ts'
import { continuationOf } from './grown-file.ts'
import type { ReadContext, Reject } from './part.ts'

/** How a CSV file is laid out. */
export interface CsvLayout {
  readonly delimiter: string
  readonly names: readonly string[]
  /** Length of the header with its line end. */
  readonly headerBytes: number
  readonly headerLines: number
  /** Whether the header is the very first line. */
  readonly isPlain: boolean
}

/** The good records of a CSV file, for DuckDB to read, and the malformed ones. */
export interface CsvRecords {
  readonly good: number
  readonly rejects: readonly Reject[]
  /** The file, or a copy of its header and good records. */
  readonly readPath: string
  /** Lines and texts of good records by their place, from 1. */
  find(places: readonly number[]): Promise<ReadonlyMap<number, { readonly line: number; readonly text: string }>>
}

/** Tells the good records of a file from the malformed, and copies them where DuckDB would not read the file as it is. */
export async function csvRecords(file: NewFile, layout: CsvLayout, context: ReadContext): Promise<CsvRecords> {
  const from = await continuationOf(file)
  const header = { start: layout.headerBytes, line: layout.headerLines + 1 }
  const { start, line } = from.start > layout.headerBytes ? from : header
  const options = { delimiter: layout.delimiter, width: layout.names.length, start, line }
  const bad: WalkedRecord[] = []
  const walk = await walkCsv(file.absolutePath, options, (record) => {
    if (record.problem !== null) bad.push({ ...record })
  })
  const texts = await textsOf(file.absolutePath, bad)
  const isReadable = walk.malformed === 0 && !walk.isIrregular && layout.isPlain && start === layout.headerBytes
  return {
    good: walk.good,
    rejects: [
      ...from.rejects,
      ...bad.map(({ line, problem }, place) => ({
        path: file.path,
        line,
        columns: [],
        reason: problem as string,
        text: texts[place] as string,
      })),
    ],
    readPath: isReadable ? file.absolutePath : await copyGood(file, { layout, options, context }),
    find: (places) => findRecords(file, { options, places }),
  }
}

async function copyGood(
  file: NewFile,
  {
    layout,
    options,
    context,
  }: { readonly layout: CsvLayout; readonly options: WalkOptions; readonly context: ReadContext },
): Promise<string> {
  const path = context.blobs.scratchPath('csv')
  context.scratch.push(path)
  const ranges: number[] = []
  await walkCsv(file.absolutePath, options, ({ start, end, problem }) => {
    if (problem === null) ranges.push(start, end)
  })
  const header = layout.names.map((name) => `"${name.replaceAll('"', '""')}"`).join(layout.delimiter)
  async function* lines(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${header}\n`)
    yield* rangesOf(file.absolutePath, ranges)
  }
  try {
    await pipeline(Readable.from(lines()), createWriteStream(path))
  } catch (error) {
    throw storageFailure(`copy '${file.path}'`, error)
  }
  return path
}

/** The bytes of ranges in ascending order, each with a line end, in parts of about a mebibyte. */
async function* rangesOf(path: string, ranges: readonly number[]): AsyncGenerator<Buffer> {
  let offset = ranges[0] ?? 0
  let [place, parts] = [0, [] as Buffer[]]
  if (ranges.length === 0) return
  for await (const part of createReadStream(path, { start: offset, highWaterMark: 1 << 20 })) {
    const bytes = part as Buffer
    for (; place < ranges.length; place += 2) {
      const [start, end] = [ranges[place] as number, ranges[place + 1] as number]
      if (start < offset + bytes.length) parts.push(bytes.subarray(Math.max(0, start - offset), end - offset))
      if (end >= offset + bytes.length) break
      parts.push(lineEnd)
    }
    yield Buffer.concat(parts)
    parts = []
    offset += bytes.length
  }
  yield lineEnd
}

const lineEnd = Buffer.from('\n')

async function findRecords(
  file: NewFile,
  { options, places }: { readonly options: WalkOptions; readonly places: readonly number[] },
): Promise<ReadonlyMap<number, { readonly line: number; readonly text: string }>> {
  if (places.length === 0) return new Map()
  const wanted = new Set(places)
  const found: { place: number; record: WalkedRecord }[] = []
  let place = 0
  await walkCsv(file.absolutePath, options, (record) => {
    if (record.problem === null && wanted.has(++place)) found.push({ place, record: { ...record } })
  })
  const texts = await textsOf(
    file.absolutePath,
    found.map(({ record }) => record),
  )
  return new Map(found.map(({ place, record }, at) => [place, { line: record.line, text: texts[at] as string }]))
}

async function textsOf(path: string, records: readonly WalkedRecord[]): Promise<readonly string[]> {
  if (records.length === 0) return []
  await using handle = await open(path)
  const texts: string[] = []
  for (const { start, end } of records) {
    const length = Math.min(end - start, longestText)
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, start)
    texts.push(buffer.toString('utf8').replace(/\r$/, ''))
  }
  return texts
}

/** Characters of a malformed row that are kept. */
const longestText = 10_000
