import { attribute } from '#model'
import type { GraphBuilder } from '#model'
import type { NumberFunction } from './expression.ts'

/** Adds a function of one float tensor; a missing number (NaN) stays missing. */
export function declareFunction(graph: GraphBuilder, name: NumberFunction, of: string): string {
  const node = (type: string, inputs: readonly string[]): string => graph.node(type, inputs)
  const constant = (value: number): string => graph.constant('float', [1, 1], [value])
  const keepMissing = (value: string): string => node('Where', [node('IsNaN', [of]), of, value])
  switch (name) {
    case 'negate':
      return node('Neg', [of])
    case 'abs':
      return node('Abs', [of])
    case 'sign':
      return keepMissing(node('Sign', [of]))
    case 'floor':
      return node('Floor', [of])
    case 'ceil':
      return node('Ceil', [of])
    case 'trunc':
      return keepMissing(node('Mul', [node('Sign', [of]), node('Floor', [node('Abs', [of])])]))
    case 'round': {
      // Half away from zero; adding ½ first would round 0.49999997 up.
      const size = node('Abs', [of])
      const whole = node('Floor', [size])
      const half = node('GreaterOrEqual', [node('Sub', [size, whole]), constant(0.5)])
      const rounded = node('Add', [whole, graph.node('Cast', [half], { attributes: { to: attribute.int(1) } })])
      return keepMissing(node('Mul', [node('Sign', [of]), rounded]))
    }
    case 'roundEven':
      return node('Round', [of])
    case 'sqrt':
      return node('Sqrt', [of])
    case 'exp':
      return inDouble(graph, 'Exp', of)
    case 'ln':
    default:
      return node('Where', [node('Greater', [of, constant(0)]), inDouble(graph, 'Log', of), constant(NaN)])
  }
}

/** Computed in double and rounded once, so that the last bit does not hang on who computed it. */
function inDouble(graph: GraphBuilder, type: string, of: string): string {
  const double = graph.node('Cast', [of], { attributes: { to: attribute.int(11) } })
  return graph.node('Cast', [graph.node(type, [double])], { attributes: { to: attribute.int(1) } })
}
