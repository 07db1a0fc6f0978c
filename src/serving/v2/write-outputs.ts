import type { ElementType, GraphTensor } from '#model'
import { datatypeOfOrt } from '../inference/datatypes.ts'
import { encodeRaw } from '../inference/raw-tensor.ts'
import { rowsOf, type RowRange } from '../inference/rows-of.ts'
import { valuesText } from '../inference/values-text.ts'

/** Writes one output of a model into answers. */
export interface OutputWriter {
  /**
   * The JSON of its rows.
   * @param values the JSON of their values, where it is there already
   */
  text(tensor: GraphTensor, range: RowRange, values?: string): string
  /** The JSON of its rows where their values follow as binary data, and those. */
  binary(tensor: GraphTensor, range: RowRange): { readonly text: string; readonly bytes: Buffer }
}

/** The writer of the output of a name. Shapes of rows seldom change from one answer to the next: the last one's text is kept. */
export function outputWriter(name: string): OutputWriter {
  const quoted = JSON.stringify(name)
  let last: { readonly type: ElementType; readonly shape: readonly number[]; readonly rows: number } | undefined
  let head = ''
  const headOf = ({ shape, type }: GraphTensor, { rows }: RowRange): string => {
    if (last?.rows !== rows || last.type !== type || !isSameRow(last.shape, shape)) {
      last = { rows, type, shape }
      head = `{"name":${quoted},"datatype":"${datatypeOfOrt(type)}","shape":[${[rows, ...shape.slice(1)].join(',')}]`
    }
    return head
  }
  return {
    text: (tensor, range, values = valuesText(rowsOf(tensor, range), tensor.type === 'bool')) =>
      `${headOf(tensor, range)},"data":${values}}`,
    binary: (tensor, range) => {
      const bytes = encodeRaw({ data: rowsOf(tensor, range) })
      return { text: `${headOf(tensor, range)},"parameters":{"binary_data_size":${bytes.length}}}`, bytes }
    },
  }
}

/** Whether shapes differ in their number of rows at most. */
function isSameRow(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false
  for (let i = 1; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
