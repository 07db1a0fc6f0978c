import { attribute } from '#model'
import type { GraphBuilder } from '#model'
import type { TextEncoder } from './text-encoder.ts'
import { wordNodes } from './word-nodes.ts'

/** A sparse matrix inside a graph: value `values[i]` stands in row `rows[i]` and column `places[i]`. */
export interface SparseTensor {
  /** int64 [M, 1] */
  readonly rows: string
  /** int64 [M] */
  readonly places: string
  /** float64 [M] */
  readonly values: string
  /** int64 [1]: rows of the matrix. */
  readonly rowCount: string
}

/**
 * Adds the TF-IDF of a text input to a graph, as float64 and sparse; equal to `encodeText`.
 * @param text string tensor [N, 1]
 * @throws RangeError for an encoder that knows no term: such a column says nothing and is left out
 */
export function textNodes(graph: GraphBuilder, text: string, encoder: TextEncoder): SparseTensor {
  const counts = countNodes(graph, text, encoder)
  const found = graph.node('NonZero', [counts]) // [2, M]: rows and columns, row by row
  const split = { outputs: 2, attributes: { axis: attribute.int(0), num_outputs: attribute.int(2) } }
  const [across, along] = graph.nodes('Split', [found], split) as [string, string]
  const rows = graph.node('Transpose', [across])
  const places = graph.node('Reshape', [along, graph.constant('int64', [1], [-1])])
  const present = asDouble(graph, graph.node('GatherND', [counts, graph.node('Transpose', [found])]))
  const idf = graph.constant('double', [encoder.idf.length], encoder.idf)
  const values = graph.node('Mul', [weighNodes(graph, present, encoder), graph.node('Gather', [idf, places])])
  const rowCount = graph.node('Shape', [counts], { attributes: { start: attribute.int(0), end: attribute.int(1) } })
  const lengths = graph.node('Sqrt', [
    sumByRow(graph, { rows, places, values: graph.node('Mul', [values, values]), rowCount }),
  ])
  return { rows, places, values: graph.node('Div', [values, graph.node('GatherND', [lengths, rows])]), rowCount }
}

/**
 * Adds the TF-IDF of a text input to a graph as columns; equal to `encodeText` to the last bits of a float64.
 * @returns float64 tensor [N, terms]; all zero in the row of a text without a known term
 */
export function denseTextNodes(graph: GraphBuilder, text: string, encoder: TextEncoder): string {
  const width = encoder.idf.length
  const counts = asDouble(graph, countNodes(graph, text, encoder))
  const zero = graph.constant('double', [1], [0])
  const one = graph.constant('double', [1], [1])
  const weighed = encoder.sublinear
    ? graph.node('Where', [
        graph.node('Greater', [counts, zero]),
        weighNodes(graph, graph.node('Max', [counts, one]), encoder),
        zero,
      ])
    : counts
  const values = graph.node('Mul', [weighed, graph.constant('double', [width], encoder.idf)])
  const squares = graph.node('ReduceSumSquare', [values, graph.constant('int64', [1], [1])])
  const length = graph.node('Sqrt', [squares])
  // An empty row has length 0 and stays 0: it is divided by one.
  const divisor = graph.node('Where', [graph.node('Greater', [length, zero]), length, one])
  return graph.node('Div', [values, divisor])
}

/** Sums a sparse tensor's values by row. @returns float64 tensor [rows] */
function sumByRow(graph: GraphBuilder, sparse: SparseTensor): string {
  const zeros = graph.node('ConstantOfShape', [sparse.rowCount], {
    attributes: { value: attribute.tensor('double', [1], [0]) },
  })
  return graph.node('ScatterND', [zeros, sparse.rows, sparse.values], {
    attributes: { reduction: attribute.text('add') },
  })
}

/** How often each term is in each text: float32 tensor [N, terms]. */
function countNodes(graph: GraphBuilder, text: string, encoder: TextEncoder): string {
  const { terms, longest } = encoder.vocabulary
  if (terms.length === 0) throw new RangeError(`Cannot encode text '${encoder.input}': its encoder knows no term`)
  const lengths = Array.from({ length: longest }, (_, i) => i + 1)
  const byLength = lengths.map((length) => [...terms.keys()].filter((place) => terms[place]?.length === length))
  const starts = lengths.map((_, i) =>
    byLength.slice(0, i).reduce((sum, places, before) => sum + places.length * (before + 1), 0),
  )
  return graph.node('TfIdfVectorizer', [wordNodes(graph, text, encoder.locale)], {
    attributes: {
      mode: attribute.text('TF'),
      min_gram_length: attribute.int(1),
      max_gram_length: attribute.int(longest),
      max_skip_count: attribute.int(0),
      ngram_counts: attribute.ints(starts),
      ngram_indexes: attribute.ints(byLength.flat()),
      pool_strings: attribute.texts(byLength.flat().flatMap((place) => terms[place] as readonly string[])),
    },
  })
}

function weighNodes(graph: GraphBuilder, counts: string, encoder: TextEncoder): string {
  if (!encoder.sublinear) return counts
  return graph.node('Add', [graph.node('Log', [counts]), graph.constant('double', [1], [1])])
}

const asDouble = (graph: GraphBuilder, tensor: string): string =>
  graph.node('Cast', [tensor], { attributes: { to: attribute.int(11) } })
