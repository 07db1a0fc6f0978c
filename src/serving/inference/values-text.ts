import type { TensorValues } from './schema.ts'

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
