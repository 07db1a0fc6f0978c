import { messageOf } from '#platform'
import { fail } from '../failures.ts'
import { fieldRope, joinRopes, ropeOf, type Rope } from './rope.ts'
import { wireFields, type WireField } from './wire-fields.ts'

/**
 * A model with other tensors in the place of some, wherever they stand in it: in graphs within graphs, attributes and functions
 * too. Whatever else it holds stays as it is, bit by bit.
 * @param replace undefined leaves a tensor as it is
 * @throws {Failure} `model/unreadable`, also for graphs within graphs without end, and what `replace` throws
 */
export const replaceTensors = (model: Uint8Array, replace: (tensor: Uint8Array) => Rope | undefined): Rope =>
  replaced(model, { kind: 'model', replace, depth: 0 })

interface Place {
  readonly kind: Kind
  readonly replace: (tensor: Uint8Array) => Rope | undefined
  readonly depth: number
}

function replaced(message: Uint8Array, { kind, replace, depth }: Place): Rope {
  if (depth > deepest) throw fail('unreadable', `Cannot read the model: its graphs are more than ${deepest} deep`)
  if (kind === 'tensor') return replace(message) ?? ropeOf(message)
  const inner = layouts[kind]
  return joinRopes(
    fieldsOf(message).map(({ number, content, bytes }) => {
      const within = inner[number]
      if (within === undefined || content === undefined) return ropeOf(bytes)
      return fieldRope(number, replaced(content, { kind: within, replace, depth: depth + 1 }))
    }),
  )
}

/** The fields of a message of a file that may be anything. @throws {Failure} `model/unreadable` */
export function fieldsOf(message: Uint8Array): readonly WireField[] {
  try {
    return wireFields(message)
  } catch (error) {
    throw fail('unreadable', `Cannot read the model: ${messageOf(error)}`, { cause: error })
  }
}

type Kind = 'model' | 'graph' | 'node' | 'attribute' | 'sparseTensor' | 'function' | 'tensor'

/**
 * Numbers of the fields that hold messages with tensors, by kind.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (Apache-2.0)
 */
const layouts: Readonly<Record<Exclude<Kind, 'tensor'>, Readonly<Record<number, Kind>>>> = {
  model: { 7: 'graph', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparseTensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparseTensor', 23: 'sparseTensor' },
  sparseTensor: { 1: 'tensor', 2: 'tensor' },
  function: { 7: 'node', 11: 'attribute' },
}

const deepest = 60
