import { hasAt } from '../door/has-at.ts'
import type { Place } from '../engine/model-queue.ts'
import type { RowInput, RowLayout } from '../engine/row-layout.ts'
import { scanNumbers, type NumberSink } from './number-scanner.ts'
import { couldHold, scanInfer, type NotScanned, type ScannedInfer } from './scan-infer.ts'

/** Reads requests whose tensors are JSON. */
export type JsonScanner = (body: Buffer, placeFor: (rows: number) => Place | undefined) => ScannedInfer | NotScanned

/** What stands around the numbers of a request, and what it says of them. */
interface Frame {
  readonly before: Buffer
  readonly behind: Buffer
  readonly rows: number
  readonly outputs: readonly string[] | undefined
}

/**
 * {@link scanInfer} for a model. Whoever asks a model with one input sends the same around the numbers time and again:
 * where that is so, only the numbers are read.
 */
export function framedScanner(layout: RowLayout): JsonScanner {
  const [input] = layout.inputs
  const isFramed = layout.inputs.length === 1
  let frame: Frame | undefined
  /** Reads numbers within a frame; undefined where it does not fit. */
  const scanWithin = (
    { before, behind, rows, outputs }: Frame,
    body: Buffer,
    place: Place,
  ): ScannedInfer | undefined => {
    const { rowSize } = input as RowInput
    const cursor = { bytes: body, at: before.length }
    const range = { from: place.from * rowSize, count: rows * rowSize }
    if (!scanNumbers(cursor, place.batch.buffers[0] as NumberSink, range)) return undefined
    const { at } = cursor
    if (body.length !== at + behind.length || !hasAt(body, behind, at)) return undefined
    return { rows, id: undefined, outputs, spans: [[before.length - 1, at]], binaryOutputs: null }
  }
  return (body, placeFor) => {
    if (frame && hasAt(body, frame.before, 0) && couldHold(body, layout, frame.rows)) {
      const place = placeFor(frame.rows)
      if (!place) return 'full'
      const scanned = scanWithin(frame, body, place)
      if (scanned) return scanned
    }
    const scanned = scanInfer(body, layout, placeFor)
    if (isFramed && typeof scanned === 'object') frame = frameOf(body, scanned) ?? frame
    return scanned
  }
}

/** Nothing where a request has a name of its own, or a list for each of its rows. */
function frameOf(body: Buffer, { rows, id, outputs, spans }: ScannedInfer): Frame | undefined {
  const span = spans?.[0]
  if (!span || id !== undefined) return undefined
  const [from, to] = span
  if (from + body.length - to > longestFrame || body.subarray(from + 1, to).includes('[')) return undefined
  return { before: Buffer.from(body.subarray(0, from + 1)), behind: Buffer.from(body.subarray(to)), rows, outputs }
}

const longestFrame = 4096
