import { tensorProtoType } from '../onnx-schema.ts'
import { rewriteWire, wireField, wireFields, type WireRules } from './wire-fields.ts'

/** Reads bytes of a tensor that a file keeps outside of itself. */
export type ReadExternal = (at: {
  readonly location: string
  readonly offset: number
  readonly length: number | undefined
}) => Uint8Array

/** What is to be changed throughout a graph. */
export interface GraphChange {
  /** The new name of a tensor. */
  readonly rename: (name: string) => string
  /** The new name of an operator: no two of a file may have the same. */
  readonly renameOperator: (name: string) => string
  /** Where bytes of tensors come from that stand in other files; without it such tensors stay as they are. */
  readonly readExternal?: ReadExternal
}

/**
 * The same graph with other names of its tensors, in all graphs within it too, and with the tensors of other files taken
 * in. Types of inner tensors are left out: the runtime finds them itself.
 * @param graph bytes of a GraphProto
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx-ml.proto for the numbers of the fields
 */
export function rewriteGraph(graph: Uint8Array, change: GraphChange): Uint8Array {
  const renamed = (rename: (name: string) => string) => (content: Uint8Array) =>
    content.length === 0 ? content : Buffer.from(rename(Buffer.from(content).toString('utf8')))
  const name = renamed(change.rename)
  const inner = (content: Uint8Array): Uint8Array => rewriteGraph(content, change)
  const tensor = (content: Uint8Array): Uint8Array => takeIn(content, change.readExternal)
  const attribute: WireRules = { 5: tensor, 6: inner, 10: tensor, 11: inner }
  const node: WireRules = {
    1: name,
    2: name,
    3: renamed(change.renameOperator),
    5: (content) => rewriteWire(content, attribute),
  }
  const initializer = (content: Uint8Array): Uint8Array => rewriteWire(tensor(content), { 8: name })
  const value = (content: Uint8Array): Uint8Array => rewriteWire(content, { 1: name })
  return rewriteWire(graph, {
    1: (content) => rewriteWire(content, node),
    5: initializer,
    11: value,
    12: value,
    13: () => null,
    14: () => null,
    15: (content) => rewriteWire(content, { 1: initializer }),
  })
}

/** A tensor whose bytes stand in the file itself. */
function takeIn(tensor: Uint8Array, read: ReadExternal | undefined): Uint8Array {
  const fields = wireFields(tensor)
  const isExternal = fields.some(({ number }) => number === externalDataField)
  if (!read || !isExternal) return tensor
  const { externalData } = tensorProtoType.toObject(tensorProtoType.decode(tensor)) as {
    externalData?: readonly { readonly key: string; readonly value: string }[]
  }
  const at = new Map(externalData?.map(({ key, value }) => [key, value]))
  const length = at.get('length')
  const bytes = read({
    location: at.get('location') ?? '',
    offset: Number(at.get('offset') ?? 0),
    length: length === undefined ? undefined : Number(length),
  })
  const kept = fields.filter(({ number }) => number !== externalDataField && number !== dataLocationField)
  return Buffer.concat([...kept.map((field) => field.bytes), wireField(rawDataField, bytes)])
}

const rawDataField = 9
const externalDataField = 13
const dataLocationField = 14
