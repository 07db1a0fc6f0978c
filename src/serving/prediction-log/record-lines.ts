import type { ElementType, GraphTensor } from '#model'
import type { RecordedRun, RunOutputs } from '../engine/batch.ts'
import type { RowLayout } from '../engine/row-layout.ts'
import type { LineWriter } from './line-writer.ts'
import { rowsOf, type RowRange } from '../inference/rows-of.ts'
import { valuesText } from '../inference/values-text.ts'
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
  /** The JSON of values of the only row, where it is there already. */
  readonly texts?: RowTexts
}

/** The JSON of the values of a row that is not wide. */
export interface RowTexts {
  /** In the layout's order, as the request had them; undefined where it had them in another form. */
  readonly inputs: readonly string[] | undefined
  /** By output; what is wide is missing. */
  readonly outputs: ReadonlyMap<string, string>
}

/** Start of the lines of a version. */
export const linePrefix = (versionId: string): string => `{"version_id":${JSON.stringify(versionId)},"arm":"champion",`

/**
 * Writes the lines of the log for the rows of a request, one each: inputs and outputs by name. A row of more than
 * {@link wideRow} numbers is their little-endian bytes in base 64.
 */
export function recordRows(lines: LineWriter, { head, rows, layout, texts }: RecordedRows, run: RecordedRun): void {
  for (let row = 0; row < rows; row++) {
    const range = { from: run.from + row, rows: 1 }
    beginLine(lines, head, rows === 1 ? head.id : `${head.id}-${row}`)
    layout.inputs.forEach(({ name, type, rowSize }, place) => {
      lines.write(member(name, place === 0))
      const data = run.batch.buffers[place] as TensorValues
      writeRow(lines, { tensor: { shape: [-1, rowSize], type, data }, range, text: texts?.inputs?.[place] })
    })
    lines.write(betweenSides)
    let isFirst = true
    for (const name in run.outputs) {
      lines.write(member(name, isFirst))
      isFirst = false
      writeRow(lines, { tensor: run.outputs[name] as GraphTensor, range, text: texts?.outputs.get(name) })
    }
    endLine(lines)
  }
}

/** Writes the line of a request that ran alone: its tensors whole, each with its shape. */
export function recordRequest(
  lines: LineWriter,
  head: RecordHead,
  run: { readonly inputs: RunOutputs; readonly outputs: RunOutputs },
): void {
  beginLine(lines, head, head.id)
  writeTensors(lines, run.inputs)
  lines.write(betweenSides)
  writeTensors(lines, run.outputs)
  endLine(lines)
}

function beginLine(lines: LineWriter, { prefix, atMs, requestId }: RecordHead, id: string): void {
  const request = requestId === undefined ? '' : `"request_id":${JSON.stringify(requestId)},`
  lines.write(`${prefix}"id":"${id}","at_ms":${atMs},${request}"inputs":{`)
}

const betweenSides = '},"outputs":{'

function endLine(lines: LineWriter): void {
  lines.write('}')
  lines.end()
}

function writeTensors(lines: LineWriter, tensors: RunOutputs): void {
  Object.entries(tensors).forEach(([name, tensor], place) => {
    lines.write(`${member(name, place === 0)}{"shape":[${tensor.shape.join(',')}],"data":`)
    writeValues(lines, tensor.data, tensor.type)
    lines.write('}')
  })
}

/** Writes a row of a tensor, or the text that it is known to have. */
function writeRow(
  lines: LineWriter,
  row: { readonly tensor: GraphTensor; readonly range: RowRange; readonly text: string | undefined },
): void {
  const { tensor, range, text } = row
  if (text === undefined) writeValues(lines, rowsOf(tensor, range), tensor.type)
  else lines.write(text)
}

function writeValues(lines: LineWriter, values: TensorValues, type: ElementType): void {
  if (!isWide(values)) {
    lines.write(valuesText(values, type === 'bool'))
    return
  }
  lines.write('"')
  lines.writeBase64(values)
  lines.write('"')
}

/** The JSON of the outputs of a row: the log and the answer have it in common. */
export function outputTexts(outputs: RunOutputs, row: number): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const name in outputs) {
    const tensor = outputs[name] as GraphTensor
    const values = rowsOf(tensor, { from: row, rows: 1 })
    if (!isWide(values)) texts.set(name, valuesText(values, tensor.type === 'bool'))
  }
  return texts
}

/** Where a member of an object begins. */
const member = (name: string, isFirst: boolean): string => `${isFirst ? '' : ','}${JSON.stringify(name)}:`

const isWide = (values: TensorValues): values is Exclude<TensorValues, readonly string[]> =>
  values.length > wideRow && ArrayBuffer.isView(values)

/** Numbers of a row that are still written one by one. */
export const wideRow = 64
