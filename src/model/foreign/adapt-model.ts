import { fail } from '../failures.ts'
import type { GraphBuilder } from '../graph-builder.ts'
import { modelProto } from '../onnx-schema.ts'
import { readMetadata } from '../signature.ts'
import type { Signature } from '../schema.ts'
import { adaptInputs } from './adapt-inputs.ts'
import { adaptOutputs } from './adapt-outputs.ts'
import { readForeignGraph, type ForeignGraph } from './foreign-graph.ts'
import { foreignInterfaceSchema, type ForeignInterface } from './foreign-interface.ts'
import { rewriteGraph, type ReadExternal } from './rewrite-graph.ts'
import { wireField, wireFields } from './wire-fields.ts'

export interface AdaptOptions {
  readonly signature: Signature
  /** What the file does not say of itself. */
  readonly known?: ForeignInterface
  /** Where bytes of tensors come from that stand in files beside it. */
  readonly readExternal?: ReadExternal
}

/**
 * Puts the standard form around an ONNX file of another tool: one tensor [N, 1] for each column of the signature, `label`
 * and `probabilities` or `prediction`, all in one file. Its operators stay as they are.
 * @throws {Failure} `model/unreadable`, `model/unfitInput`, `model/unfitOutput`
 */
export function adaptModel(bytes: Uint8Array, options: AdaptOptions): Uint8Array {
  const { signature, known = foreignInterfaceSchema.parse({}), readExternal } = options
  const foreign = readForeignGraph(bytes)
  holdVersions(foreign)
  const nameOf = (name: string): string => (name === '' ? '' : `inner/${name}`)
  const before = partsOf(adaptInputs(signature.inputs, foreign.inputs, { known, nameOf }), { signature })
  const after = partsOf(adaptOutputs(signature, foreign, { known, nameOf }), {})
  const inner = rewriteGraph(foreign.graph, {
    rename: nameOf,
    renameOperator: nameOf,
    ...(readExternal && { readExternal }),
  })
  const innerParts = wireFields(withoutZipMaps(inner)).filter(({ number }) => !interfaceFields.has(number))
  // The names that a builder makes up are the same in each graph.
  const behind = wireFields(
    rewriteGraph(after.graph, {
      rename: (name) => (name.startsWith('~') ? `~${name}` : name),
      renameOperator: (name) => `~${name}`,
    }),
  )
  const graph = Buffer.concat([
    ...wireFields(before.graph).flatMap(({ number, bytes: field }) => (number === outputField ? [] : [field])),
    ...innerParts.map((field) => field.bytes),
    ...behind.flatMap(({ number, bytes: field }) => (number === inputField || number === nameField ? [] : [field])),
  ])
  return Buffer.concat([
    head(foreign),
    before.metadata,
    ...foreign.rest.map((field) => field.bytes),
    wireField(graphField, graph),
  ])
}

const graphField = 7
const nameField = 2
const inputField = 11
const outputField = 12
/** Name, text, inputs and outputs: the new graph has its own. */
const interfaceFields: ReadonlySet<number> = new Set([nameField, 10, inputField, outputField])

/** What every operator that is put around a graph is there from on. */
const oldestOpset = 9

function holdVersions({ opsets, operators }: ForeignGraph): void {
  const opset = opsets.get('')
  if (opset !== undefined && opset < oldestOpset)
    throw fail('unreadable', `Cannot use the model: it is of opset ${opset}; export it with ${oldestOpset} or later`)
  if (opsets.get('ai.onnx.ml') === 1 && operators.has('LabelEncoder'))
    throw fail('unreadable', 'Cannot use the model: its LabelEncoder is of ai.onnx.ml 1; export it with 2 or later')
}

/** Version, producer and sets of operators. */
function head({ irVersion, opsets }: ForeignGraph): Uint8Array {
  const versions = new Map(opsets)
  if (!versions.has('')) versions.set('', 15)
  versions.set('ai.onnx.ml', Math.max(2, versions.get('ai.onnx.ml') ?? 2))
  return modelProto
    .encode({
      irVersion: Math.max(4, irVersion),
      producerName: 'millrace',
      opsetImport: Array.from(versions, ([domain, version]) => ({ domain, version })),
    })
    .finish()
}

/** The graph of a builder, and the metadata of its file. */
function partsOf(builder: GraphBuilder, options: { readonly signature?: Signature }) {
  const bytes = builder.build(options)
  const { graph } = readForeignGraph(bytes)
  const metadataProps = Object.entries(readMetadata(bytes)).map(([key, value]) => ({ key, value }))
  return { graph, metadata: modelProto.encode({ metadataProps }).finish() }
}

/** Maps are no tensors: the step that makes them goes, its input is the answer. */
function withoutZipMaps(graph: Uint8Array): Uint8Array {
  return Buffer.concat(
    wireFields(graph).flatMap(({ number, content, bytes }) =>
      number === 1 && content && isZipMap(content) ? [] : [bytes],
    ),
  )
}

const isZipMap = (node: Uint8Array): boolean =>
  wireFields(node).some(({ number, content }) => number === 4 && Buffer.from(content ?? []).toString() === 'ZipMap')
