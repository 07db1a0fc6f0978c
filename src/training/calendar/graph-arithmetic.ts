import type { GraphBuilder } from '#model'
import type { Arithmetic } from './calendar-part.ts'

/** Arithmetic over double tensors of a graph, by name. */
export function graphArithmetic(graph: GraphBuilder): Arithmetic<string> {
  const operand = (value: string | number): string =>
    typeof value === 'string' ? value : graph.constant('double', [1, 1], [value])
  return {
    plus: (a, b) => graph.node('Add', [a, operand(b)]),
    minus: (a, b) => graph.node('Sub', [a, b]),
    times: (a, factor) => graph.node('Mul', [a, operand(factor)]),
    over: (a, divisor) => graph.node('Floor', [graph.node('Div', [a, operand(divisor)])]),
  }
}
