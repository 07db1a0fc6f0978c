import type { GraphTensor } from '#model'
import type { TensorValues } from './schema.ts'

/** Rows `from … from + rows − 1` of what a run took or gave. */
export interface RowRange {
  readonly from: number
  readonly rows: number
}

/** Values of some rows of a tensor, where they lie. */
export function rowsOf({ shape, data }: GraphTensor, { from, rows }: RowRange): TensorValues {
  let size = 1
  for (let i = 1; i < shape.length; i++) size *= shape[i] as number
  return Array.isArray(data)
    ? (data as readonly string[]).slice(from * size, (from + rows) * size)
    : (data as Float32Array).subarray(from * size, (from + rows) * size)
}
