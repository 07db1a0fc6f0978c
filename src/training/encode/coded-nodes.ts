import { attribute } from '#model'
import type { GraphBuilder } from '#model'
import { timestampNodes } from './expand-timestamp.ts'
import type { FeatureEncoder } from './feature-encoder.ts'
import type { ProjectedNodes, Projection } from './projection.ts'
import type { CodedPart } from './timestamp-encoder.ts'

/**
 * Adds the one-hot features' part of a linear map to a graph: the sum of the weights of the features that are 1.
 * @returns undefined where there is no such feature
 */
export function codedNodes(
  graph: GraphBuilder,
  encoder: FeatureEncoder,
  projection: Projection,
): ProjectedNodes | undefined {
  const { denseWidth, codedWidth } = encoder
  if (codedWidth === 0) return undefined
  const { outputs, weights } = projection
  const features = weights.slice(denseWidth * outputs, (denseWidth + codedWidth) * outputs)
  const withNone = new Float32Array((codedWidth + 1) * outputs) // the last row, of no feature, is zero
  withNone.set(features)
  const table = graph.constant('float', [codedWidth + 1, outputs], withNone)
  const places = graph.node('Concat', placeNodes(graph, encoder), { attributes: { axis: attribute.int(1) } })
  const found = graph.node('Cast', [graph.node('Gather', [table, places])], { attributes: { to: attribute.int(11) } })
  const sums = graph.node('ReduceSum', [found, graph.constant('int64', [1], [1])], {
    attributes: { keepdims: attribute.int(0) },
  })
  return { sums, parts: [{ kind: 'sums', tensor: found, of: slotInputs(encoder) }] }
}

/** The input of each column of places. */
function slotInputs({ categories, timestamps }: FeatureEncoder): string[] {
  return [...categories.map(({ input }) => input), ...timestamps.flatMap(({ input, parts }) => parts.map(() => input))]
}

/** Place of each column's feature among the coded ones, int64 [N, 1]; `codedWidth` for none. */
function placeNodes(graph: GraphBuilder, { categories, timestamps, codedWidth: none }: FeatureEncoder): string[] {
  let first = 0
  const ofCategories = categories.map(({ input, categories: texts }) => {
    const start = first
    first += texts.length
    return graph.node('LabelEncoder', [input], {
      domain: 'ai.onnx.ml',
      attributes: {
        keys_strings: attribute.texts(texts),
        values_int64s: attribute.ints(texts.map((_, i) => start + i)),
        default_int64: attribute.int(none),
      },
    })
  })
  const ofParts = timestamps.flatMap(({ input, parts }) => {
    const expanded = timestampNodes(graph, input)
    return parts.map((part) => {
      const start = first
      first += part.values.length
      return partNodes(graph, expanded[part.part], { part, first: start, none })
    })
  })
  return [...ofCategories, ...ofParts]
}

function partNodes(
  graph: GraphBuilder,
  part: string,
  places: { readonly part: CodedPart; readonly first: number; readonly none: number },
): string {
  const { part: coded, first, none } = places
  // A calendar part is 0 to 31; 32 stands for a missing one.
  const byValue = Array.from({ length: 33 }, (_, value) => {
    const place = coded.values.indexOf(value)
    return place < 0 ? none : first + place
  })
  const known = graph.node('Where', [graph.node('IsNaN', [part]), graph.constant('double', [1], [32]), part])
  const index = graph.node('Cast', [known], { attributes: { to: attribute.int(7) } })
  return graph.node('Gather', [graph.constant('int64', [33], byValue), index])
}
