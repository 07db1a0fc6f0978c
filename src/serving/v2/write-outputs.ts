import type { GraphTensor } from '#model'
import { datatypeOfOrt } from '../inference/datatypes.ts'
import { encodeRaw } from '../inference/raw-tensor.ts'
import { rowsOf } from '../inference/rows-of.ts'
import type { TensorValues } from '../inference/schema.ts'

/**
 * The JSON of a tensor of an answer: rows `from … from + rows − 1` of what a run gave, or all of it.
 * @param name its name as JSON
 */
export function outputText(
  name: string,
  tensor: GraphTensor,
  range?: { readonly from: number; readonly rows: number },
): string {
  const data = range ? rowsOf(tensor, range) : tensor.data
  return `${outputHead(name, tensor, range)},"data":${valuesText(data, tensor.type === 'bool')}}`
}

/** {@link outputText} of a tensor whose rows follow as binary data, and their bytes. */
export function binaryOutput(
  name: string,
  tensor: GraphTensor,
  range: { readonly from: number; readonly rows: number },
): { readonly text: string; readonly bytes: Buffer } {
  const bytes = encodeRaw({ data: rowsOf(tensor, range) })
  return { text: `${outputHead(name, tensor, range)},"parameters":{"binary_data_size":${bytes.length}}}`, bytes }
}

function outputHead(name: string, { shape, type }: GraphTensor, range?: { readonly rows: number }): string {
  const dims = range ? [range.rows, ...shape.slice(1)] : shape
  return `{"name":${name},"datatype":"${datatypeOfOrt(type)}","shape":[${dims.join(',')}]`
}

/**
 * A JSON array of values. JSON has no NaN and no infinities: NaN is null, and an infinity is a number that is larger
 * than all others (1e999), which readers of doubles take for one.
 */
export function valuesText(data: TensorValues, isBoolean: boolean): string {
  if (!ArrayBuffer.isView(data)) return JSON.stringify(data)
  if (isBoolean) return `[${Array.from(data as Uint8Array, (value) => value === 1).join(',')}]`
  if (data instanceof Float32Array || data instanceof Float64Array) return floatsText(data)
  return `[${data.join(',')}]`
}

/** Written one by one: faster than to join them. */
function floatsText(data: Float32Array | Float64Array): string {
  let text = ''
  for (let i = 0; i < data.length; i++) text += (i === 0 ? '' : ',') + floatText(data[i] as number)
  return `[${text}]`
}

function floatText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'null'
  return value === Infinity ? '1e999' : '-1e999'
}
