import { attribute } from '../attribute.ts'
import { fail } from '../failures.ts'
import { GraphBuilder } from '../graph-builder.ts'
import { declareInputs, tensorTypeOf } from '../model-interface.ts'
import { metadataEntryProto, metadataField, tensorTypeNumbers, type TensorType } from '../onnx-schema.ts'
import { signatureKey } from '../signature.ts'
import type { AdapterPlan } from './plan-adapter.ts'
import { rewriteField } from './rewrite-message.ts'
import { fieldRope, fieldsOf, joinRopes, numberRope, ropeOf, type Rope, type WireField } from './wire.ts'

/**
 * A graph of others as a model of a system: it takes the system's columns and gives its answers, as every model that the
 * system trained. What the graph computes stays as it is; its tensors only get names that no column has.
 * @throws {Failure} `model/unreadable`, `model/doesNotFit`
 */
export function adaptModel(bytes: Uint8Array, plan: AdapterPlan): Rope {
  const model = fieldsOf(bytes)
  const opset = opsetOf(model)
  if (opset !== undefined && opset < oldestOpset)
    throw fail(
      'doesNotFit',
      `Cannot use the model for the system: its operators are of version ${opset}, ${oldestOpset} is the oldest`,
      {
        remedy: `Export it again with target_opset=${oldestOpset} or newer`,
      },
    )
  const kept = model.filter(
    ({ number, bytes: entry }) =>
      ![irVersionField, graphField, trainingField].includes(number) && !(number === metadataField && isOurs(entry)),
  )
  const irVersion = model.findLast(({ number }) => number === irVersionField)?.value ?? 0
  return joinRopes([
    numberRope(irVersionField, Math.max(irVersion, oldestIrVersion)),
    ...kept.map(({ raw }) => ropeOf(raw)),
    ...(opset === undefined ? [fieldRope(opsetField, numberRope(2, usualOpset))] : []),
    fieldRope(
      metadataField,
      ropeOf(metadataEntryProto.encode({ key: signatureKey, value: JSON.stringify(plan.signature) }).finish()),
    ),
    // A message that stands there twice is one whose lists are joined.
    fieldRope(
      graphField,
      graphAround(
        model.filter(({ number }) => number === graphField).flatMap(({ bytes: graph }) => fieldsOf(graph)),
        plan,
      ),
    ),
  ])
}

/** The adapter's graph, in which the operator that stands for the whole graph of others is replaced by that. */
function graphAround(graph: readonly WireField[], plan: AdapterPlan): Rope {
  const adapter = fieldsOf(
    fieldsOf(adapterGraph(plan)).find(({ number }) => number === graphField)?.bytes as Uint8Array,
  )
  const renamed = (field: WireField): Rope => rewriteField(field, { kind: 'graph', rewriting: { name: inner } })
  const nodes = graph.filter(({ number }) => number === nodeField).map(renamed)
  const rest = graph
    .filter(({ number }) => ![nodeField, inputField, outputField, annotationField].includes(number))
    .map(renamed)
  return joinRopes([
    ...adapter.flatMap((field) => (field.number === nodeField && isPlaceholder(field) ? nodes : [ropeOf(field.raw)])),
    ...rest,
  ])
}

/** What surrounds a graph of others, which is an operator of its own in it. */
function adapterGraph({ signature, inputs, output, isOneProbability }: AdapterPlan): Uint8Array {
  const graph = new GraphBuilder('adapted')
  declareInputs(graph, signature.inputs)
  const typeOf = new Map(signature.inputs.map(({ name, type }) => [name, tensorTypeOf[type]]))
  const fed = inputs.map(({ name, type, columns }) => {
    const wanted = type === 'float32' ? 'float' : type === 'float64' ? 'double' : 'string'
    const parts = columns.map((column) => cast(graph, column, { from: typeOf.get(column) as TensorType, to: wanted }))
    return graph.node('Concat', parts, { attributes: { axis: attribute.int(1) }, as: inner(name) })
  })
  const [answer = ''] = graph.nodes(placeholder, fed, { domain: placeholder, outputs: [inner(output)] })
  const width = signature.task === 'regression' || isOneProbability ? 1 : signature.classes.length
  const shape = graph.constant('int64', [2], BigInt64Array.of(-1n, BigInt(width)))
  const rows = graph.node('Reshape', [
    graph.node('Cast', [answer], { attributes: { to: attribute.int(tensorTypeNumbers.float) } }),
    shape,
  ])
  if (signature.task === 'regression') {
    graph.node('Identity', [rows], { as: 'prediction' })
    graph.output('prediction', 'float', ['N', 1])
    return graph.build({})
  }
  const one = graph.constant('float', [1], Float32Array.of(1))
  const both = isOneProbability
    ? graph.node('Concat', [graph.node('Sub', [one, rows]), rows], { attributes: { axis: attribute.int(1) } })
    : rows
  graph.node('Identity', [both], { as: 'probabilities' })
  // Classes by their place with ONNX's own operators: those of `ai.onnx.ml` differ from version to version.
  const best = graph.node('ArgMax', [both], { attributes: { axis: attribute.int(1), keepdims: attribute.int(0) } })
  graph.node('Gather', [graph.constant('string', [signature.classes.length], signature.classes), best], { as: 'label' })
  graph.output('label', 'string', ['N'])
  graph.output('probabilities', 'float', ['N', signature.classes.length])
  return graph.build({})
}

function cast(
  graph: GraphBuilder,
  tensor: string,
  { from, to }: { readonly from: TensorType; readonly to: TensorType },
): string {
  return from === to
    ? tensor
    : graph.node('Cast', [tensor], { attributes: { to: attribute.int(tensorTypeNumbers[to]) } })
}

/** The name of a tensor of the graph of others: a column may bear any name, but hardly one of these. */
const inner = (name: string): string => `~model/${name}`

const isPlaceholder = ({ bytes }: WireField): boolean =>
  fieldsOf(bytes).some(
    ({ number, bytes: text }) => number === domainField && Buffer.from(text).toString() === placeholder,
  )

/** The version of ONNX's own operators that a model is of; undefined for one that has none of them. */
function opsetOf(model: readonly WireField[]): number | undefined {
  const sets = model.filter(({ number }) => number === opsetField).map(({ bytes }) => fieldsOf(bytes))
  const own = sets.find((set) => {
    const domain = Buffer.from(set.find(({ number }) => number === 1)?.bytes ?? []).toString()
    return domain === '' || domain === 'ai.onnx'
  })
  return own && (own.find(({ number }) => number === 2)?.value ?? 0)
}

/** Whether an entry of the metadata is one that only models of Millrace bear. */
const isOurs = (entry: Uint8Array): boolean =>
  Buffer.from(fieldsOf(entry).find(({ number }) => number === 1)?.bytes ?? [])
    .toString()
    .startsWith('millrace.')

const placeholder = 'millrace.model'
/** Fields of a model. */
const [irVersionField, graphField, opsetField, trainingField] = [1, 7, 8, 20]
/** Fields of a graph. */
const [nodeField, inputField, outputField, annotationField] = [1, 11, 12, 14]
const domainField = 7
/** Concat, Reshape, Gather and Cast are the same from here on. */
const oldestOpset = 9
const usualOpset = 20
/** Constants need not be inputs from here on. */
const oldestIrVersion = 8
