import { attribute } from '#model'
import type { GraphBuilder } from '#model'
import { timestampPartNames, timestampParts } from './timestamp-parts.ts'
import type { Arithmetic, TimestampPart } from './timestamp-parts.ts'

/**
 * The calendar parts of every moment, for a training table; equal, bit for bit, to what {@link timestampNodes} makes.
 * @param values epoch milliseconds, shape [rows], NaN = missing
 * @returns each part, shape [rows], NaN where the moment is missing
 */
export function expandTimestamp(values: Float64Array): Readonly<Record<TimestampPart, Float64Array>> {
  const parts = Object.fromEntries(timestampPartNames.map((name) => [name, new Float64Array(values.length)])) as Record<
    TimestampPart,
    Float64Array
  >
  for (let row = 0; row < values.length; row++) {
    const found = timestampParts(numbers, values[row] as number)
    for (const name of timestampPartNames) parts[name][row] = found[name]
  }
  return parts
}

/**
 * Adds the calendar parts of a timestamp input to a graph.
 * @param moment tensor of float64 epoch milliseconds, [N, 1], NaN = missing
 * @returns each part as a float64 tensor [N, 1]; parts that nothing reads are removed when the file is loaded
 */
export function timestampNodes(graph: GraphBuilder, moment: string): Readonly<Record<TimestampPart, string>> {
  return timestampParts(tensors(graph), moment)
}

/** A float64 tensor as float32, which is how trees take their columns. */
export function asFloat32(graph: GraphBuilder, tensor: string): string {
  return graph.node('Cast', [tensor], { attributes: { to: attribute.int(1) } })
}

const numbers: Arithmetic<number> = {
  of: (constant) => constant,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  floor: Math.floor,
}

function tensors(graph: GraphBuilder): Arithmetic<string> {
  const known = new Map<number, string>()
  const of = (constant: number): string => {
    const tensor = known.get(constant) ?? graph.constant('double', [1], [constant])
    known.set(constant, tensor)
    return tensor
  }
  const binary = (opType: string) => (a: string, b: string) => graph.node(opType, [a, b])
  return {
    of,
    add: binary('Add'),
    subtract: binary('Sub'),
    multiply: binary('Mul'),
    divide: binary('Div'),
    floor: (a) => graph.node('Floor', [a]),
  }
}
