import { open } from 'node:fs/promises'

/** Bytes of the longest record that is taken; DuckDB holds several buffers of 16 times as much. */
export const longestRecord = 1 << 21

/** A record of a CSV file, or a line that is none. The same object is passed each time: copy what is kept. */
export interface WalkedRecord {
  /** Line where it starts, from 1. */
  line: number
  /** Its bytes without the line end: from `start` up to `end`. */
  start: number
  end: number
  /** Why it is malformed; null for a good one. */
  problem: string | null
}

/** What a walk says of the whole. */
export interface CsvWalk {
  readonly good: number
  readonly malformed: number
  /** Whether line ends differ, or blank lines stand in a file of one column: DuckDB refuses the one and counts the other. */
  readonly isIrregular: boolean
}

export interface WalkOptions {
  readonly delimiter: string
  /** Fields of the header. */
  readonly width: number
  /** Byte to start at, and its line. */
  readonly start: number
  readonly line: number
}

/**
 * Walks over the records of a CSV file as RFC 4180 has them: a quoted field may hold delimiters, line ends and doubled
 * quotes, and spaces may stand around the quotes. Blank lines are no records.
 *
 * A record of another width is malformed as a whole. Where a quote is never closed, or text follows a closing one, only
 * the first line is given up and the walk goes on with the next: one stray quote does not swallow the rows after it.
 */
export async function walkCsv(
  path: string,
  options: WalkOptions,
  visit: (record: WalkedRecord) => void,
): Promise<CsvWalk> {
  await using handle = await open(path)
  const buffer = Buffer.allocUnsafe(bufferBytes)
  const walker = new Walker(options, visit)
  let offset = options.start
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, bufferBytes, offset)
    if (bytesRead > 0) offset = walker.walk(buffer.subarray(0, bytesRead), offset)
    else {
      const again = walker.finish(offset)
      if (again === undefined) return walker.summary()
      offset = again
    }
  }
}

const bufferBytes = 1 << 20

// States of the walk, and kinds of bytes; kind 0 is any other byte.
const [atStart, inField, inQuotes, afterQuotes, afterSpace, afterReturn, textAfterQuotes, loneReturn, atEnd] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
]
const [separator, quote, lineFeed, carriageReturn, space] = [1, 2, 3, 4, 5]

/** The next state, by state and kind of byte in the order above. */
const next = Uint8Array.from(
  [
    [inField, atStart, inQuotes, atEnd, afterReturn, atStart],
    [inField, atStart, inField, atEnd, afterReturn, inField],
    [inQuotes, inQuotes, afterQuotes, inQuotes, inQuotes, inQuotes],
    [textAfterQuotes, atStart, inQuotes, atEnd, afterReturn, afterSpace],
    [textAfterQuotes, atStart, textAfterQuotes, atEnd, afterReturn, afterSpace],
    [loneReturn, loneReturn, loneReturn, atEnd, loneReturn, loneReturn],
    [textAfterQuotes, textAfterQuotes, textAfterQuotes, atEnd, textAfterQuotes, textAfterQuotes],
    [loneReturn, loneReturn, loneReturn, atEnd, loneReturn, loneReturn],
  ].flat(),
)
const kinds = 6

const problems: Readonly<Record<number, string>> = {
  [inQuotes]: 'a quote is not closed',
  [textAfterQuotes]: 'text follows a closing quote',
  [loneReturn]: 'a carriage return stands alone',
}

/** The state of a walk; it lives as long as the file is open. */
class Walker {
  private readonly kindOf = new Uint8Array(256)
  private readonly record: WalkedRecord
  private readonly counts = { good: 0, malformed: 0, crlf: 0, lf: 0, blank: 0 }
  private readonly width: number
  private readonly visit: (record: WalkedRecord) => void
  private state = atStart
  private fields = 1
  /** Line ends inside the record's quotes, and the first of them. */
  private innerLines = 0
  private innerEnd = -1

  constructor({ delimiter, width, start, line }: WalkOptions, visit: (record: WalkedRecord) => void) {
    this.kindOf['"'.charCodeAt(0)] = quote
    this.kindOf[10] = lineFeed
    this.kindOf[13] = carriageReturn
    this.kindOf[32] = space
    this.kindOf[delimiter.charCodeAt(0)] = separator
    this.record = { line, start, end: start, problem: null }
    this.width = width
    this.visit = visit
  }

  /** Walks over a part of the file that starts at byte `offset`; tells the byte to go on with. */
  walk(bytes: Buffer, offset: number): number {
    for (let at = 0; at < bytes.length; at++) {
      const kind = this.kindOf[bytes[at] as number] as number
      const before = this.state
      const state = next[before * kinds + kind] as number
      if (state === inQuotes) {
        if (kind === lineFeed && this.innerLines++ === 0) this.innerEnd = offset + at
        if (kind === lineFeed && offset + at - this.record.start > longestRecord) return this.giveUp(offset + at)
      } else if (state === atEnd) {
        this.end(offset + at, before)
      } else if (kind === separator) {
        this.fields++
      } else if (state === textAfterQuotes && this.innerLines > 0) {
        this.state = state
        return this.giveUp(offset + at)
      }
      this.state = state === atEnd ? atStart : state
    }
    return offset + bytes.length
  }

  /** Ends the walk at byte `offset`, the file's end; tells the byte to go on with when it has to go back. */
  finish(offset: number): number | undefined {
    if (this.state === inQuotes) return this.giveUp(offset)
    if (offset > this.record.start) this.end(offset, this.state)
    this.record.start = offset
    this.state = atStart
    return undefined
  }

  summary(): CsvWalk {
    const { good, malformed, crlf, lf, blank } = this.counts
    return { good, malformed, isIrregular: (crlf > 0 && lf > 0) || (this.width === 1 && blank > 0) }
  }

  /** Ends a record at its line end; `state` is the one before it. */
  private end(place: number, state: number): void {
    const isCrlf = state === afterReturn
    if (isCrlf) this.counts.crlf++
    else this.counts.lf++
    const end = isCrlf ? place - 1 : place
    const tooLong = end - this.record.start > longestRecord ? 'the row is longer than 2 MiB' : null
    const wrongWidth = this.fields === this.width ? null : `${this.fields} fields where the header has ${this.width}`
    if (end === this.record.start) this.counts.blank++
    else this.tell(end, problems[state] ?? tooLong ?? wrongWidth)
    this.begin(place + 1, this.innerLines + 1)
  }

  /** Gives up the first line of a record whose quotes went wrong before `place`; tells the byte to go on with. */
  private giveUp(place: number): number {
    const end = this.innerEnd < 0 ? place : this.innerEnd
    this.tell(end, problems[this.state] as string)
    this.begin(end + 1, 1)
    this.state = atStart
    return end + 1
  }

  private tell(end: number, problem: string | null): void {
    this.record.end = end
    this.record.problem = problem
    if (problem === null) this.counts.good++
    else this.counts.malformed++
    this.visit(this.record)
  }

  private begin(start: number, lines: number): void {
    this.record.line += lines
    this.record.start = start
    this.fields = 1
    this.innerLines = 0
    this.innerEnd = -1
  }
}
