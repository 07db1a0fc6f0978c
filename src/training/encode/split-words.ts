import type { Tensor } from 'onnxruntime-node'
import { GraphBuilder, tensorText } from '#model'
import { wordNodes } from './word-nodes.ts'

/** Documents as words, each word held once. */
export interface WordTable {
  readonly words: readonly string[]
  /** Words of each document, in order, as places in `words`. */
  readonly documents: readonly Int32Array[]
}

/**
 * Splits documents by running the very nodes that will split them when the model serves ({@link wordNodes}), so that
 * training and serving cannot differ.
 */
export async function splitWords(documents: readonly string[], locale: string): Promise<WordTable> {
  const graph = new GraphBuilder('words')
  const words = wordNodes(graph, graph.input('text', 'string', ['N', 1]), locale)
  graph.output(words, 'string', ['N', 'T'])
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const session = await InferenceSession.create(graph.build({}), { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const table = new Map<string, number>()
  const split: Int32Array[] = []
  try {
    for (let from = 0; from < documents.length; from += batchRows) {
      const batch = documents.slice(from, from + batchRows).map(tensorText)
      const found = (await session.run({ text: new Tensor('string', batch, [batch.length, 1]) }))[words] as Tensor
      const width = found.dims[1] as number
      const data = found.data as string[]
      for (let row = 0; row < batch.length; row++) split.push(intern(table, data, [row * width, (row + 1) * width]))
    }
  } finally {
    await session.release()
  }
  return { words: [...table.keys()], documents: split }
}

/** Places of the words in `data[from … to]`, up to the padding. */
function intern(table: Map<string, number>, data: readonly string[], [from, to]: readonly [number, number]) {
  const places: number[] = []
  for (let at = from; at < to && data[at] !== ''; at++) {
    const word = data[at] as string
    const place = table.get(word) ?? table.size
    if (place === table.size) table.set(word, place)
    places.push(place)
  }
  return Int32Array.from(places)
}

const batchRows = 256
