import { attribute } from '../attribute.ts'
import { fail } from '../failures.ts'
import { GraphBuilder } from '../graph-builder.ts'
import { declareClasses, declarePrediction } from '../model-interface.ts'
import { tensorTypeNumbers } from '../onnx-schema.ts'
import type { Signature } from '../schema.ts'
import type { ForeignGraph, ForeignValue } from './foreign-graph.ts'
import type { ForeignInterface } from './foreign-interface.ts'

/**
 * A graph that takes what another graph gives, and gives the label and probabilities of the classes, or the prediction,
 * under their standard names and in the order of the signature.
 * @param options.nameOf what a tensor of the other graph is called in the whole graph
 * @throws {Failure} `model/unfitOutput`
 */
export function adaptOutputs(
  { task, classes }: Signature,
  foreign: ForeignGraph,
  options: { readonly known: ForeignInterface; readonly nameOf: (output: string) => string },
): GraphBuilder {
  const { known, nameOf } = options
  const graph = new GraphBuilder('outputs')
  const found = answerOf(foreign, { wanted: known.output, usual: task === 'regression' ? usualNumbers : usualClasses })
  const raw = graph.node('Cast', [nameOf(found.name)], { attributes: { to: attribute.int(tensorTypeNumbers.float) } })
  const column = (tensor: string): string => graph.node('Reshape', [tensor, graph.constant('int64', [2], [-1, 1])])
  if (task === 'regression') {
    declarePrediction(graph, column(raw))
    return graph
  }
  const width = found.shape?.length === 1 ? 1 : found.shape?.[1]
  if (task === 'binary' && width === 1) {
    const positive = column(raw)
    const negative = graph.node('Sub', [graph.constant('float', [1, 1], [1]), positive])
    declareClasses(graph, graph.node('Concat', [negative, positive], { attributes: alongClasses }), { classes })
    return graph
  }
  const places = placesOf(classes, known.classes ?? found.classes)
  const given = places?.length ?? classes.length
  if (width !== undefined && width !== given)
    throw fail(
      'unfitOutput',
      `Cannot use the model: its output '${found.name}' has ${width} columns, ${given} classes are expected: ${classes.join(', ')}`,
    )
  declareClasses(graph, places ? ordered(graph, raw, { places, count: classes.length }) : raw, { classes })
  return graph
}

interface Answer {
  readonly name: string
  readonly shape: ForeignValue['shape']
  readonly classes: readonly (string | number)[] | undefined
}

/** The tensor with the answers: the one that was named, the one with the usual name, or the only one that can be it. */
function answerOf(
  { outputs, zipMaps }: ForeignGraph,
  { wanted, usual }: { readonly wanted: string | undefined; readonly usual: RegExp },
): Answer {
  const candidates = outputs.flatMap((output): Answer[] => {
    const map = zipMaps.find((one) => one.output === output.name)
    if (map) return [{ name: output.name, shape: undefined, classes: map.classes }]
    const isFloat = output.type === 'float' || output.type === 'double' || output.type === 'float16'
    return isFloat && (output.shape?.length ?? 2) <= 2 ? [{ ...output, classes: undefined }] : []
  })
  const named = candidates.filter(({ name }) => (wanted === undefined ? usual.test(name) : name === wanted))
  const [found] = named.length === 1 ? named : wanted === undefined && candidates.length === 1 ? candidates : []
  if (found) {
    const map = zipMaps.find((one) => one.output === found.name)
    return map ? { ...found, name: map.input } : found
  }
  const all = outputs.map(({ name }) => `'${name}'`).join(', ') || 'none'
  throw fail(
    'unfitOutput',
    `Cannot use the model: ${wanted === undefined ? 'no one output stands out as its answer' : `it has no output '${wanted}' of floats`}; it has ${all}`,
  )
}

const usualNumbers = /^(prediction|variable)$/
const usualClasses = /^(probabilities|output_probability)$/

/** The place among the classes of each column of probabilities; undefined where they are in that order. */
function placesOf(
  classes: readonly string[],
  said: readonly (string | number)[] | undefined,
): readonly number[] | undefined {
  if (!said || said.length === 0) return undefined
  const places = said.map((name) => {
    const byName = classes.indexOf(String(name))
    const place = typeof name === 'number' || byName < 0 ? Number(name) : byName
    if (Number.isInteger(place) && place >= 0 && place < classes.length) return place
    throw fail('unfitOutput', `Cannot use the model: it knows a class '${name}'; the classes are ${classes.join(', ')}`)
  })
  if (new Set(places).size < places.length)
    throw fail('unfitOutput', `Cannot use the model: it names a class twice: ${said.join(', ')}`)
  return places.length === classes.length && places.every((place, order) => place === order) ? undefined : places
}

/** Probabilities in the order of the classes; one that the model does not know has none. */
function ordered(
  graph: GraphBuilder,
  probabilities: string,
  { places, count }: { readonly places: readonly number[]; readonly count: number },
): string {
  const chosen = new Float32Array(places.length * count)
  for (const [row, place] of places.entries()) chosen[row * count + place] = 1
  return graph.node('MatMul', [probabilities, graph.constant('float', [places.length, count], chosen)])
}

const alongClasses = { axis: attribute.int(1) }
