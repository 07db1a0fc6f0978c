import { attribute } from '#model'
import type { GraphBuilder } from '#model'
import { codedNodes } from './coded-nodes.ts'
import { denseNodes } from './dense-nodes.ts'
import type { FeatureEncoder } from './feature-encoder.ts'
import type { ProjectedNodes, Projection } from './projection.ts'
import { textNodes } from './text-nodes.ts'

/**
 * Adds a linear map of the encoded inputs to a graph whose inputs are declared under their columns' names. It is
 * computed in float64; one-hot features are looked up and terms are added up where they occur, so that the cost does
 * not grow with their number.
 * @param projection.rowsOf any input: tells the number of rows where no input says more
 */
export function projectNodes(
  graph: GraphBuilder,
  encoder: FeatureEncoder,
  projection: Projection & { readonly rowsOf: string },
): ProjectedNodes {
  const { outputs, intercepts } = projection
  const start = graph.constant('double', [1, outputs], intercepts)
  const projected = [
    denseNodes(graph, encoder, projection),
    codedNodes(graph, encoder, projection),
    ...sparseNodes(graph, encoder, projection),
  ].filter((part) => part !== undefined)
  if (projected.length === 0) {
    const shape = graph.node('Shape', [projection.rowsOf]) // [N, 1]: expands to [N, K]
    return { sums: graph.node('Expand', [start, shape]), parts: [] }
  }
  return {
    sums: projected.reduce((sum, part) => graph.node('Add', [sum, part.sums]), start),
    parts: projected.flatMap(({ parts }) => parts),
  }
}

/** Rows to score at a time, so that what is made of each stays within tens of megabytes. */
export function projectionBatchRows(encoder: FeatureEncoder, outputs: number): number {
  const terms = encoder.texts.reduce((most, { vocabulary }) => Math.max(most, vocabulary.terms.length), 0)
  const codes = encoder.categories.length + encoder.timestamps.reduce((count, { parts }) => count + parts.length, 0)
  const valuesPerRow = encoder.denseWidth + codes * outputs + terms + outputs
  return Math.max(16, Math.min(8192, Math.floor(4e6 / valuesPerRow)))
}

/** Each text's part of the sum, [N, K]: the weights of the terms found, times their values, added up by row. */
function sparseNodes(graph: GraphBuilder, encoder: FeatureEncoder, { outputs, weights }: Projection): ProjectedNodes[] {
  let first = encoder.denseWidth + encoder.codedWidth
  return encoder.texts.map((text) => {
    const width = text.vocabulary.terms.length
    const table = graph.constant(
      'float',
      [width, outputs],
      weights.subarray(first * outputs, (first + width) * outputs),
    )
    first += width
    const { rows, places, values, rowCount } = textNodes(graph, text.input, text)
    const found = graph.node('Cast', [graph.node('Gather', [table, places])], { attributes: { to: attribute.int(11) } })
    const column = graph.node('Unsqueeze', [values, graph.constant('int64', [1], [1])])
    const shape = graph.node('Concat', [rowCount, graph.constant('int64', [1], [outputs])], {
      attributes: { axis: attribute.int(0) },
    })
    const zeros = graph.node('ConstantOfShape', [shape], {
      attributes: { value: attribute.tensor('double', [1], [0]) },
    })
    const sums = graph.node('ScatterND', [zeros, rows, graph.node('Mul', [found, column])], {
      attributes: { reduction: attribute.text('add') },
    })
    return { sums, parts: [{ kind: 'sums', tensor: sums, of: [text.input] }] }
  })
}
