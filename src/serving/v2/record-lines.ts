import type { GraphTensor } from '#model'
import type { Batch, RecordedRun, RunOutputs } from '../engine/batch.ts'
import type { RowLayout } from '../engine/row-layout.ts'
import type { LineWriter } from '../prediction-log/line-writer.ts'
import { rowsOf } from '../inference/rows-of.ts'
import { valuesText } from './write-outputs.ts'
import type { TensorValues } from '../inference/schema.ts'

/** What stands in the prediction log of a model that belongs to no system. */
export interface RecordHead {
  /** Start of every line of the version. */
  readonly prefix: string
  readonly id: string
  readonly atMs: number
  /** The caller's own name for the request. */
  readonly requestId: string | undefined
}

/** A request whose rows shared a run with others. */
export interface RecordedRows {
  readonly head: RecordHead
  readonly rows: number
  readonly layout: RowLayout
  /** Texts of the inputs of the only row, in the layout's order, where the request had them as JSON. */
  readonly texts: readonly string[] | undefined
}

/** Start of the lines of a version. */
export const linePrefix = (versionId: string): string => `{"version_id":${JSON.stringify(versionId)},"arm":"champion",`

/**
 * Writes the lines of the log for the rows of a request, one each: inputs and outputs by name. A row of more than
 * {@link wideRow} numbers is their little-endian bytes in base 64.
 */
export function recordRows(lines: LineWriter, { head, rows, layout, texts }: RecordedRows, run: RecordedRun): void {
  for (let row = 0; row < rows; row++) {
    const place = run.from + row
    beginLine(lines, head, rows === 1 ? head.id : `${head.id}-${row}`)
    lines.write(texts ? joined(layout, texts) : inputsText(run.batch, layout, place))
    endLine(lines, outputsText(run.outputs, place))
  }
}

/** Writes the line of a request that ran alone: its tensors whole, each with its shape. */
export function recordRequest(
  lines: LineWriter,
  head: RecordHead,
  run: { readonly inputs: RunOutputs; readonly outputs: RunOutputs },
): void {
  beginLine(lines, head, head.id)
  lines.write(tensorsText(run.inputs))
  endLine(lines, tensorsText(run.outputs))
}

function beginLine(lines: LineWriter, { prefix, atMs, requestId }: RecordHead, id: string): void {
  const request = requestId === undefined ? '' : `"request_id":${JSON.stringify(requestId)},`
  lines.write(`${prefix}"id":"${id}","at_ms":${atMs},${request}"inputs":{`)
}

function endLine(lines: LineWriter, outputs: string): void {
  lines.write(`},"outputs":{${outputs}}`)
  lines.end()
}

const tensorsText = (tensors: RunOutputs): string =>
  Object.entries(tensors)
    .map(
      ([name, { shape, data, type }]) =>
        `${JSON.stringify(name)}:{"shape":[${shape.join(',')}],"data":${rowText(data, type === 'bool')}}`,
    )
    .join(',')

function joined({ inputs }: RowLayout, texts: readonly string[]): string {
  if (inputs.length === 1) return `${JSON.stringify((inputs[0] as { name: string }).name)}:${texts[0]}`
  return inputs.map(({ name }, place) => `${JSON.stringify(name)}:${texts[place]}`).join(',')
}

function inputsText({ buffers }: Batch, { inputs }: RowLayout, row: number): string {
  return inputs
    .map(({ name, rowSize, type }, place) => {
      const buffer = buffers[place] as TensorValues
      const values = ArrayBuffer.isView(buffer)
        ? (buffer as Float32Array).subarray(row * rowSize, (row + 1) * rowSize)
        : buffer.slice(row * rowSize, (row + 1) * rowSize)
      return `${JSON.stringify(name)}:${rowText(values, type === 'bool')}`
    })
    .join(',')
}

const outputsText = (outputs: RunOutputs, row: number): string =>
  Object.keys(outputs)
    .map((name) => {
      const tensor = outputs[name] as GraphTensor
      return `${JSON.stringify(name)}:${rowText(rowsOf(tensor, { from: row, rows: 1 }), tensor.type === 'bool')}`
    })
    .join(',')

function rowText(values: TensorValues, isBoolean: boolean): string {
  if (values.length <= wideRow || !ArrayBuffer.isView(values)) return valuesText(values, isBoolean)
  return `"${Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')}"`
}

/** Numbers of a row that are still written one by one. */
export const wideRow = 64
