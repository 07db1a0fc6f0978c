import { fail } from '../failures.ts'
import { datatypes } from '../inference/datatypes.ts'
import type { TensorSpec, TensorValue, TensorValues } from '../inference/schema.ts'
import { cellOfText, elementOf } from './cell.ts'

/**
 * Makes an input of a model from lists within lists. Where the lists are one less deep than the input has dimensions
 * and its last one can be 1, each value is a row: [1, 2] is [[1], [2]] for an input [N, 1].
 * @param options.isText whether the values are text that is yet to be read, as in CSV
 * @throws {Failure} `serving/badInput` for lists of unequal lengths, too deep, or values that the input cannot hold
 */
export function nestedTensor(
  spec: TensorSpec,
  nested: unknown,
  options: { readonly isText?: boolean } = {},
): TensorValue {
  const { name, datatype } = spec
  if (datatype === 'FP16')
    throw fail('badInput', `Cannot read input '${name}': FP16 has no form in JSON`, {
      remedy: 'Send it as binary: POST /v2/models/NAME/infer, or over gRPC',
    })
  const shape = shapeOf(name, nested)
  const values: (number | bigint | string)[] = []
  fill(nested, 0)
  const data = typed(spec, values)
  return { name, datatype, shape: withRows(spec, shape), data }

  function fill(value: unknown, depth: number): void {
    if (depth < shape.length) {
      if (!Array.isArray(value) || value.length !== shape[depth])
        throw fail('badInput', `Cannot read input '${name}': its lists are not all as long and deep as the first`)
      for (const one of value as unknown[]) fill(one, depth + 1)
      return
    }
    const cell = options.isText ? cellOfText(value as string, datatype) : value
    const element = elementOf(cell, datatype)
    if (element === undefined)
      throw fail(
        'badInput',
        `Cannot read input '${name}': value ${values.length} is ${shown(value)}, which is no ${datatype}`,
      )
    values.push(element)
  }
}

/** Lengths of the lists, by the first of each depth. */
function shapeOf(name: string, nested: unknown): readonly number[] {
  const shape: number[] = []
  for (let value = nested; Array.isArray(value); value = value[0]) {
    if (shape.length === mostDimensions)
      throw fail('badInput', `Cannot read input '${name}': its lists are more than ${mostDimensions} deep`)
    shape.push(value.length)
  }
  return shape
}

const mostDimensions = 32

function withRows(spec: TensorSpec, shape: readonly number[]): readonly number[] {
  const last = spec.shape.at(-1)
  return shape.length + 1 === spec.shape.length && (last === 1 || last === -1) ? [...shape, 1] : shape
}

function typed({ datatype }: TensorSpec, values: readonly (number | bigint | string)[]): TensorValues {
  const { array } = datatypes[datatype]
  if (array === null) return values as readonly string[]
  const data = new array(values.length)
  // A typed array of numbers is given numbers, and one of bigints bigints: `elementOf` made them so.
  ;(data as Float64Array).set(values as readonly number[])
  return data
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `'${value.slice(0, 40)}…'` : `'${value}'`
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : String(value)
}
