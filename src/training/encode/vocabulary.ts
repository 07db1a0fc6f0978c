import type { WordTable } from './split-words.ts'

/** The terms (words, and runs of up to n words) that a model knows. */
export interface Vocabulary {
  /** Words in its longest term. */
  readonly longest: number
  /** Each term as its words; its place is its column. */
  readonly terms: readonly (readonly string[])[]
  /** Documents with the term, of all `documentCount`. */
  readonly documentFrequency: readonly number[]
  readonly documentCount: number
}

export interface VocabularyOptions {
  /** Most words in a term: 1 for words, 2 for words and pairs. */
  readonly longest: number
  /** Fewest documents that a term must be in. */
  readonly minDocuments: number
  /** Most terms; the ones in most documents are kept, of equals the alphabetically first. */
  readonly maxTerms: number
}

/** Learns the terms of some documents. */
export function fitVocabulary(table: WordTable, options: VocabularyOptions): Vocabulary {
  const { longest, minDocuments, maxTerms } = options
  const tree = termTree()
  const frequency: number[] = []
  const lastSeen: number[] = []
  table.documents.forEach((document, place) => {
    for (let from = 0; from < document.length; from++)
      for (let to = from, node = 0; to < Math.min(from + longest, document.length); to++) {
        node = tree.grow(node, document[to] as number)
        if (lastSeen[node] === place) continue
        lastSeen[node] = place
        frequency[node] = (frequency[node] ?? 0) + 1
      }
  })
  const kept = [...frequency.keys()]
    .filter((node) => node > 0 && (frequency[node] as number) >= minDocuments)
    .map((node) => ({
      words: tree.path(node).map((word) => table.words[word] as string),
      count: frequency[node] as number,
    }))
    .sort((a, b) => b.count - a.count || (a.words.join(' ') < b.words.join(' ') ? -1 : 1))
    .slice(0, maxTerms)
  return {
    longest: Math.max(1, ...kept.map((term) => term.words.length)),
    terms: kept.map((term) => term.words),
    documentFrequency: kept.map((term) => term.count),
    documentCount: table.documents.length,
  }
}

/** How often each term of a vocabulary is in a document; see {@link termCounter}. */
export type CountTerms = (words: Iterable<string>) => { readonly places: number[]; readonly counts: number[] }

/** Prepares a vocabulary for counting: the places of the terms found, rising, and how often each was. */
export function termCounter(vocabulary: Vocabulary): CountTerms {
  const words = new Map<string, number>()
  const tree = termTree()
  const placeOf: number[] = []
  vocabulary.terms.forEach((term, place) => {
    let node = 0
    for (const word of term) {
      if (!words.has(word)) words.set(word, words.size)
      node = tree.grow(node, words.get(word) as number)
    }
    placeOf[node] = place
  })
  return (text) => {
    const document = Array.from(text, (word) => words.get(word))
    const found = new Map<number, number>()
    for (let from = 0; from < document.length; from++) {
      let node: number | undefined = 0
      for (let to = from; to < Math.min(from + vocabulary.longest, document.length); to++) {
        const word = document[to]
        if (word === undefined) break
        node = tree.child(node, word)
        if (node === undefined) break
        const place = placeOf[node]
        if (place !== undefined) found.set(place, (found.get(place) ?? 0) + 1)
      }
    }
    const places = [...found.keys()].sort((a, b) => a - b)
    return { places, counts: places.map((place) => found.get(place) as number) }
  }
}

/** Runs of words as paths from a root, node 0. */
function termTree() {
  const children = new Map<number, number>()
  const parents = [0]
  const words = [-1]
  // Words stay below 2^27 and nodes below 2^26, so the key is an exact number.
  const key = (node: number, word: number): number => node * 2 ** 27 + word
  return {
    child: (node: number, word: number): number | undefined => children.get(key(node, word)),
    grow: (node: number, word: number): number => {
      const found = children.get(key(node, word))
      if (found !== undefined) return found
      children.set(key(node, word), parents.length)
      words.push(word)
      return parents.push(node) - 1
    },
    path: (node: number): number[] => {
      const path: number[] = []
      for (let at = node; at > 0; at = parents[at] as number) path.unshift(words[at] as number)
      return path
    },
  }
}
