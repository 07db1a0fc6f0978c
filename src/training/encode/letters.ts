import type { Tensor } from 'onnxruntime-node'
import { GraphBuilder, tensorText } from '#model'
import { wordNodes } from './word-nodes.ts'

/**
 * What the runtime takes each character for: the lower case of a character that belongs to a word, '' for one that
 * ends a word. It holds the Unicode planes that have letters (0 to 3).
 */
export type Letters = readonly string[]

/**
 * Asks the runtime about every character, by running the nodes that split text on each of them alone.
 *
 * The runtime's Unicode tables are of another age than the JavaScript engine's; with these, a trainer's own prediction
 * splits text exactly as the file does, without running it.
 */
export function readLetters(locale: string): Promise<Letters> {
  const found = known.get(locale) ?? askLetters(locale)
  known.set(locale, found)
  return found
}

/** Facts about the runtime, which do not change while it is loaded. */
const known = new Map<string, Promise<Letters>>()

async function askLetters(locale: string): Promise<Letters> {
  const graph = new GraphBuilder('letters')
  const words = wordNodes(graph, graph.input('text', 'string', ['N', 1]), locale)
  graph.output(words, 'string', ['N', 'T'])
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const session = await InferenceSession.create(graph.build({}), { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const letters: string[] = []
  try {
    for (let from = 0; from < 0x40000; from += batchSize) {
      const points = Array.from({ length: batchSize }, (_, i) => characterAt(from + i))
      const found = (await session.run({ text: new Tensor('string', points, [points.length, 1]) }))[words] as Tensor
      // A character alone is one word or none; where all of a batch are none, the tensor is [N, 0].
      const isEmpty = found.dims[1] === 0
      for (let i = 0; i < batchSize; i++) letters.push(isEmpty ? '' : (found.data[i] as string))
    }
  } finally {
    await session.release()
  }
  return letters
}

/** Words of a text, as {@link wordNodes} splits it. */
export function wordsOf(text: string, letters: Letters): string[] {
  const words: string[] = []
  let word = ''
  for (const character of tensorText(text)) {
    const letter = letters[character.codePointAt(0) as number] ?? ''
    if (letter !== '') word += letter
    else if (word !== '') {
      words.push(word)
      word = ''
    }
  }
  if (word !== '') words.push(word)
  return words
}

const characterAt = (point: number): string =>
  point === 0 || (point >= 0xd800 && point <= 0xdfff) ? '\uFFFD' : String.fromCodePoint(point)

const batchSize = 0x4000
