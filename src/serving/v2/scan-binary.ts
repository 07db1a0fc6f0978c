import { datatypeOfOrt, datatypes, type TypedArray } from '../inference/datatypes.ts'
import type { Datatype } from '../inference/schema.ts'
import type { Place } from '../engine/model-queue.ts'
import type { RowInput, RowLayout } from '../engine/row-layout.ts'
import { binaryOutputsOf, readBody } from './read-infer.ts'
import type { NotScanned, ScannedInfer } from './scan-infer.ts'

/** What the JSON before binary data asks, checked against the layout of a model. */
interface BinaryPlan {
  readonly scanned: ScannedInfer
  /** Where the bytes of each input begin behind the JSON, in the layout's order. */
  readonly starts: readonly number[]
  readonly sizeBytes: number
}

/** Reads requests whose tensors are binary data. */
export type BinaryScanner = (
  body: Buffer,
  headerLength: number,
  placeFor: (rows: number) => Place | undefined,
) => ScannedInfer | NotScanned

/**
 * Reads requests with binary data straight into the buffers of a batch: numbers as they are, every input once. What the
 * JSON before them says is worked out once for each text, since a caller sends the same one time and again. Everything
 * else, mistakes included, is left to the complete reader, which says what is wrong.
 */
export function binaryScanner(layout: RowLayout): BinaryScanner {
  const plans = new Map<string, BinaryPlan | null>()
  const planOf = (text: string): BinaryPlan | null => {
    const known = plans.get(text)
    if (known !== undefined) return known
    const plan = planFor(text, layout)
    // A request with a name of its own does not come again.
    if (plan?.scanned.id === undefined && text.length <= longestText) {
      if (plans.size >= mostPlans) plans.clear()
      plans.set(text, plan)
    }
    return plan
  }
  // oxlint-disable-next-line max-params -- one call for each request
  return (body, headerLength, placeFor) => {
    const plan = headerLength <= body.length ? planOf(body.toString('latin1', 0, headerLength)) : null
    if (!plan || body.length - headerLength !== plan.sizeBytes) return 'unusual'
    const { rows } = plan.scanned
    const place = placeFor(rows)
    if (!place) return 'full'
    layout.inputs.forEach((input, order) => {
      const { buffer, byteOffset } = place.batch.buffers[order] as TypedArray
      const rowBytes = bytesOfRow(input)
      const start = headerLength + (plan.starts[order] as number)
      new Uint8Array(buffer, byteOffset + place.from * rowBytes, rows * rowBytes).set(
        body.subarray(start, start + rows * rowBytes),
      )
    })
    return plan.scanned
  }
}

function planFor(text: string, layout: RowLayout): BinaryPlan | null {
  try {
    const body = readBody(Buffer.from(text, 'latin1'))
    const { id, inputs, outputs } = body
    const rows = inputs[0]?.shape[0] ?? 0
    const starts: number[] = []
    let sizeBytes = 0
    for (const { name, shape, datatype, data, parameters } of inputs) {
      const order = layout.inputs.findIndex((input) => input.name === name)
      const input = layout.inputs[order]
      if (!input || starts[order] !== undefined || data !== undefined) return null
      if (input.type === 'bool' || input.type === 'string' || datatypeOfOrt(input.type) !== datatype) return null
      if (
        !Number.isSafeInteger(rows) ||
        rows < 1 ||
        JSON.stringify(shape) !== JSON.stringify([rows, ...input.rowShape])
      )
        return null
      if (parameters['binary_data_size'] !== rows * bytesOfRow(input) || Object.keys(parameters).length > 1) return null
      starts[order] = sizeBytes
      sizeBytes += rows * bytesOfRow(input)
    }
    const isPlain = Object.keys(body.parameters).every((name) => name === 'binary_data_output')
    if (!isPlain || inputs.length !== layout.inputs.length) return null
    const names = outputs && outputs.length > 0 ? outputs.map(({ name }) => name) : undefined
    const scanned = { rows, id, outputs: names, spans: null, binaryOutputs: binaryOutputsOf(body) }
    return { scanned, starts, sizeBytes }
  } catch {
    return null
  }
}

const bytesOfRow = ({ type, rowSize }: RowInput): number => rowSize * datatypes[datatypeOfOrt(type) as Datatype].bytes
const mostPlans = 256
const longestText = 4096
