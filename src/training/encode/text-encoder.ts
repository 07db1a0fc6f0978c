import { tensorText } from '#model'
import type { StringColumn } from '#platform'
import { readLetters, wordsOf } from './letters.ts'
import type { Letters } from './letters.ts'
import { sparseRows } from './sparse-rows.ts'
import type { SparseRow, SparseRows } from './sparse-rows.ts'
import { splitWords } from './split-words.ts'
import { fitVocabulary, termCounter } from './vocabulary.ts'
import type { CountTerms, Vocabulary, VocabularyOptions } from './vocabulary.ts'
import { usedTexts } from './used-texts.ts'
import { findLocale } from './word-nodes.ts'

/** How text becomes numbers; plain data. */
export interface TextOptions extends VocabularyOptions {
  /** Counts a term that is there t times as 1 + ln t rather than t. */
  readonly sublinear: boolean
}

/** What pairs of words say of short texts: the options to start from. */
export const defaultTextOptions: TextOptions = { longest: 2, minDocuments: 2, maxTerms: 20_000, sublinear: true }

/**
 * A fitted TF-IDF encoder of one text column. The value of a term in a document is tf · idf, divided by the length
 * (L2) of the document's row; idf = ln((1 + documents) / (1 + documents with the term)) + 1, as in scikit-learn.
 */
export interface TextEncoder {
  readonly kind: 'text'
  readonly input: string
  readonly locale: string
  readonly vocabulary: Vocabulary
  readonly sublinear: boolean
  /** Shape [terms]. */
  readonly idf: Float64Array
  /** What belongs to words, for encoding without the file. */
  readonly letters: Letters
}

/** Fits an encoder to the training column, whose words come from the nodes that will serve it. */
export async function fitText(
  input: string,
  given: StringColumn,
  options: TextOptions = defaultTextOptions,
): Promise<{ readonly encoder: TextEncoder; readonly rows: SparseRows }> {
  const column = usedTexts(given)
  const locale = await findLocale()
  const table = await splitWords(column.dictionary, locale)
  const perRow = Array.from(column.codes, (code) => (code < 0 ? noWords : (table.documents[code] as Int32Array)))
  const vocabulary = fitVocabulary({ words: table.words, documents: perRow }, options)
  const { documentCount } = vocabulary
  const encoder: TextEncoder = {
    kind: 'text',
    input,
    locale,
    vocabulary,
    sublinear: options.sublinear,
    idf: Float64Array.from(vocabulary.documentFrequency, (df) => Math.log((1 + documentCount) / (1 + df)) + 1),
    letters: await readLetters(locale),
  }
  const count = termCounter(vocabulary)
  const distinct = table.documents.map((document) =>
    weighTerms(encoder, count(Array.from(document, (word) => table.words[word] as string))),
  )
  return { encoder, rows: rowsByCode(encoder, column, distinct) }
}

/** The TF-IDF rows of a column, made without the file and equal to what {@link textNodes} makes of it. */
export function encodeText(encoder: TextEncoder, given: StringColumn): SparseRows {
  const column = usedTexts(given)
  const count: CountTerms = termCounter(encoder.vocabulary)
  const distinct = column.dictionary.map((text) =>
    weighTerms(encoder, count(wordsOf(tensorText(text), encoder.letters))),
  )
  return rowsByCode(encoder, column, distinct)
}

function rowsByCode(encoder: TextEncoder, column: StringColumn, distinct: readonly SparseRow[]): SparseRows {
  const rows = Array.from(column.codes, (code) => (code < 0 ? noTerms : (distinct[code] as SparseRow)))
  return sparseRows(encoder.vocabulary.terms.length, rows)
}

function weighTerms(encoder: TextEncoder, found: ReturnType<CountTerms>): SparseRow {
  const values = found.counts.map(
    (count, i) =>
      (encoder.sublinear ? 1 + Math.log(count) : count) * (encoder.idf[found.places[i] as number] as number),
  )
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return { places: found.places, values: values.map((value) => value / length) }
}

const noWords = new Int32Array(0)
const noTerms: SparseRow = { places: [], values: [] }
