import type { ElementType } from '#model'
import { datatypeOfOrt } from '../inference/datatypes.ts'
import type { Place } from '../engine/model-queue.ts'
import type { RowInput, RowLayout } from '../engine/row-layout.ts'
import { scanNumbers, skipSpace, type Cursor, type NumberSink } from './number-scanner.ts'

/** What a scanned request asks, beside the rows that were written into their place. */
export interface ScannedInfer {
  readonly rows: number
  readonly id: string | undefined
  /** Names of wanted outputs; undefined for all. */
  readonly outputs: readonly string[] | undefined
  /** Where the numbers of each input stand in the body, brackets included, in the layout's order; null of binary data. */
  readonly spans: readonly (readonly [number, number])[] | null
  /** Names of the outputs that are wanted as binary data; null where none is. */
  readonly binaryOutputs: ReadonlySet<string> | 'all' | null
}

/** Why a request was not scanned: it has another form, or there is no room for it. */
export type NotScanned = 'unusual' | 'full'

/**
 * Reads the plainest form of an inference request straight into the buffers of a batch: every input once, flat numbers
 * or one list a row, `shape` and `datatype` before `data`, no parameters. Everything else, mistakes included, is left to
 * the complete reader, which says what is wrong.
 */
export function scanInfer(
  bytes: Buffer,
  layout: RowLayout,
  placeFor: (rows: number) => Place | undefined,
): ScannedInfer | NotScanned {
  const cursor: Cursor = { bytes, at: 0 }
  let id: string | undefined
  let outputs: string[] | undefined
  let inputs: ScannedInputs | NotScanned | undefined
  const isRead = scanObject(cursor, (key) => {
    if (key === 'inputs' && inputs === undefined) {
      inputs = scanInputs(cursor, layout, placeFor)
      return typeof inputs === 'object'
    }
    if (key === 'id' && id === undefined) return (id = scanText(cursor)) !== undefined
    if (key === 'outputs' && outputs === undefined) return (outputs = scanOutputs(cursor)) !== undefined
    return false
  })
  if (inputs === 'full') return 'full'
  if (!isRead || typeof inputs !== 'object' || skipSpace(bytes, cursor.at) !== bytes.length) return 'unusual'
  return { rows: inputs.rows, spans: inputs.spans, id, outputs, binaryOutputs: null }
}

interface ScannedInputs {
  readonly rows: number
  readonly spans: readonly (readonly [number, number])[]
}

function scanInputs(
  cursor: Cursor,
  layout: RowLayout,
  placeFor: (rows: number) => Place | undefined,
): ScannedInputs | NotScanned {
  const { bytes } = cursor
  const spans: (readonly [number, number])[] = []
  let place: Place | undefined
  let rows = 0
  let seen = 0
  let isFull = false
  const scanInput = (): boolean => {
    let name: string | undefined
    let datatype: string | undefined
    let shape: readonly number[] | undefined
    let isDone = false
    const isRead = scanObject(cursor, (key) => {
      // Of members that stand twice the last one counts: behind the data it would be too late.
      if (isDone) return false
      if (key === 'name') return (name = scanText(cursor)) !== undefined
      if (key === 'datatype') return (datatype = scanText(cursor)) !== undefined
      if (key === 'shape') return (shape = scanShape(cursor)) !== undefined
      if (key !== 'data' || !shape) return false
      const order = layout.inputs.findIndex((input) => input.name === name)
      const input = layout.inputs[order]
      if (!input || spans[order] || !isPlain(input.type) || datatypeOfOrt(input.type) !== datatype) return false
      if (!isShapeOfRows(shape, input) || (seen > 0 && shape[0] !== rows)) return false
      rows = shape[0] as number
      if (rows < 1 || !couldHold(bytes, layout, rows)) return false
      place ??= placeFor(rows)
      isFull = !place
      if (!place) return false
      const sink = place.batch.buffers[order] as NumberSink
      const span = scanData(cursor, sink, { from: place.from * input.rowSize, rows, input })
      if (!span) return false
      spans[order] = span
      seen++
      return (isDone = true)
    })
    return isRead && isDone
  }
  const isRead = scanList(cursor, scanInput)
  if (isFull) return 'full'
  return isRead && seen === layout.inputs.length ? { rows, spans } : 'unusual'
}

/**
 * Numbers as one list, or as one list for each row.
 * @returns where they stand; of a single row, where its own list does
 */
function scanData(
  cursor: Cursor,
  sink: NumberSink,
  { from, rows, input }: { readonly from: number; readonly rows: number; readonly input: RowInput },
): readonly [number, number] | undefined {
  const { bytes } = cursor
  const { rowSize, rowShape } = input
  const start = cursor.at
  if (bytes[start] !== openBracket) return undefined
  const inside = (cursor.at = skipSpace(bytes, start + 1))
  if (bytes[inside] !== openBracket)
    return scanNumbers(cursor, sink, { from, count: rows * rowSize }) ? [start, cursor.at] : undefined
  if (rowShape.length === 0) return undefined
  let row = 0
  const isRead = scanElements(cursor, () => {
    if (row === rows || bytes[cursor.at] !== openBracket) return false
    cursor.at++
    return scanNumbers(cursor, sink, { from: from + row++ * rowSize, count: rowSize })
  })
  if (!isRead || row !== rows) return undefined
  return rows === 1 ? [inside, bytes.lastIndexOf(closeBracket, cursor.at - 2) + 1] : [start, cursor.at]
}

/** Whether a body is long enough for so many rows, a number and a comma each: before room is made for as many as it claims. */
export function couldHold(bytes: Buffer, { inputs }: RowLayout, rows: number): boolean {
  let values = 0
  for (const { rowSize } of inputs) values += rowSize
  return rows * values * 2 <= bytes.length
}

function scanOutputs(cursor: Cursor): string[] | undefined {
  const names: string[] = []
  const isRead = scanList(cursor, () => {
    let name: string | undefined
    const isName = scanObject(cursor, (key) => {
      if (key !== 'name' || name !== undefined) return false
      return (name = scanText(cursor)) !== undefined
    })
    if (isName) names.push(name as unknown as string)
    return isName
  })
  return isRead && names.length > 0 ? names : undefined
}

/** The dimensions of a shape; undefined where it is none. */
function scanShape(cursor: Cursor): readonly number[] | undefined {
  const { bytes } = cursor
  if (bytes[cursor.at] !== openBracket) return undefined
  const dims: number[] = []
  let at = cursor.at + 1
  for (;;) {
    at = skipSpace(bytes, at)
    const start = at
    let value = 0
    while (isDigit(bytes[at]) && at - start < 9) value = value * 10 + ((bytes[at++] as number) - 48)
    if (at === start || (bytes[start] === 48 && at - start > 1)) return undefined
    dims.push(value)
    at = skipSpace(bytes, at)
    if (bytes[at] === closeBracket) break
    if (bytes[at] !== comma) return undefined
    at++
  }
  cursor.at = at + 1
  return dims
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57

/** Whether a shape is one of rows of an input. */
function isShapeOfRows(shape: readonly number[], { rowShape }: RowInput): boolean {
  if (shape.length !== rowShape.length + 1) return false
  for (let i = 0; i < rowShape.length; i++) if (shape[i + 1] !== rowShape[i]) return false
  return true
}

/** Types whose numbers JSON holds as they are. */
const isPlain = (type: ElementType): boolean => plainTypes.has(type)
const plainTypes: ReadonlySet<ElementType> = new Set([
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'uint8',
  'uint16',
  'uint32',
])

/** Reads an object, member by member: `member` stands at the value and reads it. */
function scanObject(cursor: Cursor, member: (key: string) => boolean): boolean {
  const { bytes } = cursor
  cursor.at = skipSpace(bytes, cursor.at)
  if (bytes[cursor.at] !== openBrace) return false
  cursor.at++
  for (;;) {
    cursor.at = skipSpace(bytes, cursor.at)
    const key = scanText(cursor)
    if (key === undefined) return false
    cursor.at = skipSpace(bytes, cursor.at)
    if (bytes[cursor.at] !== colon) return false
    cursor.at = skipSpace(bytes, cursor.at + 1)
    if (!member(key)) return false
    cursor.at = skipSpace(bytes, cursor.at)
    const next = bytes[cursor.at++]
    if (next === closeBrace) return true
    if (next !== comma) return false
  }
}

function scanList(cursor: Cursor, element: () => boolean): boolean {
  if (cursor.bytes[cursor.at] !== openBracket) return false
  cursor.at++
  return scanElements(cursor, element)
}

/** Reads what stands in a list, from behind its bracket on. */
function scanElements(cursor: Cursor, element: () => boolean): boolean {
  const { bytes } = cursor
  for (;;) {
    cursor.at = skipSpace(bytes, cursor.at)
    if (!element()) return false
    cursor.at = skipSpace(bytes, cursor.at)
    const next = bytes[cursor.at++]
    if (next === closeBracket) return true
    if (next !== comma) return false
  }
}

/** Text of plain ASCII without escapes, at most 200 long. */
function scanText(cursor: Cursor): string | undefined {
  const { bytes } = cursor
  if (bytes[cursor.at] !== quote) return undefined
  const start = cursor.at + 1
  let at = start
  for (; bytes[at] !== quote; at++) {
    const byte = bytes[at] as number
    if (!(byte >= 32 && byte < 127) || byte === backslash || at - start > 200) return undefined
  }
  cursor.at = at + 1
  return wordAt(bytes, start, at) ?? bytes.toString('latin1', start, at)
}

/** The protocol's own words are told by length and first letter, and then compared. */
function wordAt(bytes: Uint8Array, from: number, to: number): string | undefined {
  for (const word of words) {
    if (word.length !== to - from || word.charCodeAt(0) !== bytes[from]) continue
    let i = 1
    while (i < word.length && word.charCodeAt(i) === bytes[from + i]) i++
    if (i === word.length) return word
  }
  return undefined
}

const words = [
  'name',
  'shape',
  'datatype',
  'data',
  'inputs',
  'outputs',
  'id',
  'FP32',
  'FP64',
  'INT64',
  'INT32',
  'parameters',
]
const quote = 34
const backslash = 92
const comma = 44
const colon = 58
const openBracket = 91
const closeBracket = 93
const openBrace = 123
const closeBrace = 125
