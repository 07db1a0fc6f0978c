import { messageOf } from '#platform'
import { fail } from '../failures.ts'
import { metadataField, nodeProto, opsetProto, tensorTypeNumbers, valueInfoProto } from '../onnx-schema.ts'
import type { TensorType } from '../onnx-schema.ts'
import { wireFields, type WireField } from './wire-fields.ts'

/** What a graph says of one of its inputs or outputs. */
export interface ForeignValue {
  readonly name: string
  /** Undefined for what is no tensor, or a tensor of a type that no model here takes or gives. */
  readonly type: TensorType | undefined
  /** Sizes of its dimensions, undefined where one varies; undefined as a whole where nothing is said. */
  readonly shape: readonly (number | undefined)[] | undefined
}

/** A step that makes maps of probabilities, by the names of their classes, out of a tensor of them. */
export interface ZipMap {
  readonly input: string
  readonly output: string
  readonly classes: readonly (string | number)[]
}

/** An ONNX file of another tool, taken apart as far as is needed to put another interface around its graph. */
export interface ForeignGraph {
  readonly irVersion: number
  /** Versions of the sets of operators, by domain. */
  readonly opsets: ReadonlyMap<string, number>
  /** Bytes of the GraphProto. */
  readonly graph: Uint8Array
  /** What else the file holds and its graph may need: functions. */
  readonly rest: readonly WireField[]
  readonly inputs: readonly ForeignValue[]
  readonly outputs: readonly ForeignValue[]
  readonly zipMaps: readonly ZipMap[]
  /** Names of the operators of its topmost graph. */
  readonly operators: ReadonlySet<string>
}

/**
 * Takes an ONNX file apart.
 * @throws {Failure} `model/unreadable`
 */
export function readForeignGraph(bytes: Uint8Array): ForeignGraph {
  try {
    const fields = wireFields(bytes)
    const contents = (number: number): Uint8Array[] =>
      fields.flatMap((field) => (field.number === number && field.content ? [field.content] : []))
    // A message that stands in a file twice is one whose lists are joined.
    const graph = Buffer.concat(contents(graphField))
    const parts = wireFields(graph)
    const partsOf = (number: number): Uint8Array[] =>
      parts.flatMap((field) => (field.number === number && field.content ? [field.content] : []))
    const constants = new Set(partsOf(5).map(constantName))
    const nodes = partsOf(1).map((node) => nodeProto.toObject(nodeProto.decode(node)) as Node)
    if (nodes.length === 0) throw new Error('it holds no graph')
    return {
      irVersion: versionOf(fields),
      opsets: opsetsOf(contents(opsetField)),
      graph,
      rest: fields.filter(({ number }) => !replaced.has(number)),
      // Files of old versions name their constants among the inputs.
      inputs: partsOf(11)
        .map(valueOf)
        .filter(({ name }) => !constants.has(name)),
      outputs: partsOf(12).map(valueOf),
      zipMaps: nodes.filter(({ opType }) => opType === 'ZipMap').map(zipMapOf),
      operators: new Set(nodes.map(({ opType }) => opType ?? '')),
    }
  } catch (error) {
    throw fail('unreadable', `Cannot read the model: ${messageOf(error)}`, { cause: error })
  }
}

interface Node {
  readonly opType?: string
  readonly input?: readonly string[]
  readonly output?: readonly string[]
  readonly attribute?: readonly {
    readonly name?: string
    readonly ints?: readonly { toString(): string }[]
    readonly strings?: readonly Uint8Array[]
  }[]
}

function zipMapOf({ input, output, attribute = [] }: Node): ZipMap {
  const classes = attribute.flatMap(({ ints = [], strings = [] }) => [
    ...ints.map(Number),
    ...strings.map((text) => Buffer.from(text).toString('utf8')),
  ])
  return { input: input?.[0] ?? '', output: output?.[0] ?? '', classes }
}

function valueOf(content: Uint8Array): ForeignValue {
  const { name = '', type } = valueInfoProto.toObject(valueInfoProto.decode(content)) as {
    readonly name?: string
    readonly type?: {
      readonly tensorType?: {
        readonly elemType?: number
        readonly shape?: { readonly dim?: readonly { readonly dimValue?: { toString(): string } }[] }
      }
    }
  }
  const { elemType, shape } = type?.tensorType ?? {}
  const known = Object.entries(tensorTypeNumbers).find(([, number]) => number === elemType)?.[0]
  return {
    name,
    type: known as TensorType | undefined,
    shape: shape && (shape.dim ?? []).map(({ dimValue }) => (dimValue === undefined ? undefined : Number(dimValue))),
  }
}

const constantName = (tensor: Uint8Array): string =>
  Buffer.from(wireFields(tensor).find(({ number }) => number === 8)?.content ?? []).toString('utf8')

function versionOf(fields: readonly WireField[]): number {
  const field = fields.find(({ number, content }) => number === 1 && content === undefined)
  return field?.bytes[1] ?? 0
}

function opsetsOf(contents: readonly Uint8Array[]): ReadonlyMap<string, number> {
  const opsets = new Map<string, number>()
  for (const content of contents) {
    const { domain = '', version = 0 } = opsetProto.toObject(opsetProto.decode(content)) as {
      readonly domain?: string
      readonly version?: { toString(): string }
    }
    opsets.set(domain === 'ai.onnx' ? '' : domain, Number(version))
  }
  return opsets
}

const graphField = 7
const opsetField = 8
/** What is written anew (version, producer, graph, opsets, metadata) or tells nothing of how the graph runs. */
const replaced: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, graphField, opsetField, metadataField, 20])
