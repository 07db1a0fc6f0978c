import type { TensorValue } from '../inference/schema.ts'

/**
 * Writes the outputs of a model as `{"predictions": …}`, as MLflow's own server does for an ONNX file: a data frame gets
 * one object for each row, by the names of the outputs, with a list for what is wider than one value; tensors get one
 * object of all of them by name.
 *
 * Numbers are as Python writes them: floats always with a point or an exponent, `NaN`, `Infinity` and `-Infinity` bare,
 * which is not JSON, but what MLflow's server writes and its clients read.
 */
export function predictionsText(outputs: readonly TensorValue[], options: { readonly isFrame: boolean }): string {
  return `{"predictions": ${options.isFrame ? frameText(outputs) : tensorsText(outputs)}}`
}

function frameText(outputs: readonly TensorValue[]): string {
  const [only] = outputs
  const count = only?.shape[0]
  // Without rows in common there is no data frame to answer with.
  if (!only || count === undefined || outputs.some(({ shape }) => shape[0] !== count)) return tensorsText(outputs)
  const columns = outputs.map((output) => rowTexts(output, count))
  const names = outputs.map(({ name }) => JSON.stringify(name))
  const rows = Array.from({ length: count }, (_, row) => {
    const fields = names.map((name, k) => `${name}: ${columns[k]?.[row]}`)
    return `{${fields.join(', ')}}`
  })
  return `[${rows.join(', ')}]`
}

function tensorsText(outputs: readonly TensorValue[]): string {
  const texts = outputs.map((output) => nestedText(elementTexts(output), output.shape))
  return `{${outputs.map(({ name }, k) => `${JSON.stringify(name)}: ${texts[k]}`).join(', ')}}`
}

/** The text of each row: a value where a row has one, else nested lists. */
function rowTexts(output: TensorValue, count: number): readonly string[] {
  const texts = elementTexts(output)
  if (texts.length === count) return texts
  const width = texts.length / count
  const shape = output.shape.slice(1)
  return Array.from({ length: count }, (_, row) => nestedText(texts.slice(row * width, (row + 1) * width), shape))
}

function nestedText(texts: readonly string[], shape: readonly number[]): string {
  const [length, ...inner] = shape
  if (length === undefined) return texts[0] as string
  if (inner.length === 0) return `[${texts.join(', ')}]`
  const width = texts.length / Math.max(1, length)
  const lists = Array.from({ length }, (_, k) => nestedText(texts.slice(k * width, (k + 1) * width), inner))
  return `[${lists.join(', ')}]`
}

function elementTexts({ datatype, data }: TensorValue): string[] {
  if (datatype === 'BYTES') return Array.from(data as readonly string[], (text) => JSON.stringify(text))
  if (datatype === 'BOOL') return Array.from(data as Uint8Array, (bit) => (bit === 1 ? 'true' : 'false'))
  if (datatype === 'FP16') return Array.from(data as Uint16Array, (bits) => floatText(halfOf(bits)))
  if (datatype === 'FP32' || datatype === 'FP64') return Array.from(data as Float64Array, floatText)
  return Array.from(data as Int32Array, String)
}

function floatText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text
}

/** The number that the bits of a half stand for. @see IEEE 754-2019, binary16 */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}
