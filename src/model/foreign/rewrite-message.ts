import { fail } from '../failures.ts'
import { fieldRope, fieldsOf, joinRopes, ropeOf, type Rope, type WireField } from './wire.ts'

/** The messages of an ONNX file that hold tensors or names. */
export type MessageKind =
  | 'model'
  | 'graph'
  | 'node'
  | 'attribute'
  | 'tensor'
  | 'sparseTensor'
  | 'value'
  | 'function'
  | 'functionNode'

/** What is to be changed in a message, however deep it stands. */
export interface Rewriting {
  /** Another name for a tensor of a graph; those inside of functions are their own matter. */
  readonly name?: (name: string) => string
  /** A tensor in the place of one; undefined leaves it as it is. */
  readonly tensor?: (tensor: Uint8Array) => Rope | undefined
}

/**
 * The same message with other names or tensors; whatever else it holds stays as it is, bit by bit.
 * @throws {Failure} `model/unreadable`, also for graphs within graphs without end
 */
export function rewriteMessage(bytes: Uint8Array, kind: MessageKind, rewriting: Rewriting, depth = 0): Rope {
  if (depth > deepest) throw fail('unreadable', `Cannot read the model: its graphs are more than ${deepest} deep`)
  if (kind === 'tensor') {
    const changed = rewriting.tensor?.(bytes)
    if (changed) return changed
  }
  return joinRopes(fieldsOf(bytes).map((field) => rewriteField(field, { kind, rewriting, depth })))
}

/** A field of a message of that kind, rewritten. */
export function rewriteField(
  field: WireField,
  {
    kind,
    rewriting,
    depth = 0,
  }: { readonly kind: MessageKind; readonly rewriting: Rewriting; readonly depth?: number },
): Rope {
  const { messages, names } = layouts[kind]
  const inner = messages[field.number]
  if (inner !== undefined) {
    const within = inner === 'function' || kind === 'functionNode' ? withoutNames(rewriting) : rewriting
    return fieldRope(field.number, rewriteMessage(field.bytes, inner, within, depth + 1))
  }
  if (rewriting.name && names?.includes(field.number) && field.bytes.length > 0)
    return fieldRope(field.number, ropeOf(Buffer.from(rewriting.name(Buffer.from(field.bytes).toString('utf8')))))
  return ropeOf(field.raw)
}

const withoutNames = ({ tensor }: Rewriting): Rewriting => (tensor ? { tensor } : {})

/**
 * Numbers of the fields that hold messages, by kind, and of those that hold names of tensors.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (Apache-2.0)
 */
const layouts: Readonly<
  Record<MessageKind, { readonly messages: Readonly<Record<number, MessageKind>>; readonly names?: readonly number[] }>
> = {
  model: { messages: { 7: 'graph', 25: 'function' } },
  graph: { messages: { 1: 'node', 5: 'tensor', 11: 'value', 12: 'value', 13: 'value', 15: 'sparseTensor' } },
  node: { messages: { 5: 'attribute' }, names: [1, 2] },
  attribute: {
    messages: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparseTensor', 23: 'sparseTensor' },
  },
  tensor: { messages: {}, names: [8] },
  sparseTensor: { messages: { 1: 'tensor', 2: 'tensor' } },
  value: { messages: {}, names: [1] },
  function: { messages: { 7: 'functionNode', 11: 'attribute' } },
  functionNode: { messages: { 5: 'attribute' } },
}

const deepest = 60
