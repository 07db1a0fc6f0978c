import * as fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { GraphBuilder, tensorText } from '#model'
import { stringColumn } from '#platform'
import { toDense } from './sparse-rows.ts'
import { defaultTextOptions, encodeText, fitText } from './text-encoder.ts'
import type { TextEncoder } from './text-encoder.ts'
import { denseTextNodes, textNodes } from './text-nodes.ts'

const documents = [
  "The Quick brown-fox, don't stop!",
  'the quick brown fox',
  'ÉTÉ à Paris: naïve ÉTÉ à Paris',
  'été à Paris',
  '日本語 text ok 👍 fox fox',
  '日本語 text',
  'हिन्दी ΟΔΟΣ हिन्दी',
  'ΟΔΟΣ हिन्दी x',
  null,
  '',
]

describe('fitText()', () => {
  test('weighs terms as scikit-learn does', async () => {
    // TfidfVectorizer(sublinear_tf=True).fit_transform(['a b a', 'b c']) with token_pattern r'\w+'
    const { encoder, rows } = await fitText('note', stringColumn(['a b a', 'b c']), {
      ...defaultTextOptions,
      longest: 1,
      minDocuments: 1,
    })
    expect(encoder.vocabulary.terms).toEqual([['b'], ['a'], ['c']])
    const dense = toDense(rows)
    const weightA = (1 + Math.LN2) * (Math.log(3 / 2) + 1)
    expect(Array.from(dense.subarray(0, 3))).toEqual(
      [1, weightA, 0].map((value) => expect.closeTo(value / Math.hypot(1, weightA), 12)),
    )
    expect(Array.from(dense.subarray(3))).toEqual(
      [0.5797386715376657, 0, 0.8148024746671689].map((v) => expect.closeTo(v, 12)),
    )
  })

  test('keeps terms that are in enough documents, the most frequent first', async () => {
    const column = stringColumn(['red car', 'red car', 'red bus', 'blue bus', 'Red'])
    const { encoder } = await fitText('note', column, { ...defaultTextOptions, maxTerms: 4 })
    expect(encoder.vocabulary.terms).toEqual([['red'], ['bus'], ['car'], ['red', 'car']])
    expect(encoder.vocabulary.documentFrequency).toEqual([4, 2, 2, 2])
  })

  test('learns from the rows alone, not from what else the dictionary holds', async () => {
    const rows = stringColumn(['red car', 'red car', 'blue bus', 'blue bus'])
    const shared = { ...rows, dictionary: [...rows.dictionary, 'green van', 'green van'] }
    const { encoder } = await fitText('note', shared)
    expect(encoder).toEqual((await fitText('note', rows)).encoder)
  })

  test('gives the training rows that encodeText() gives', async () => {
    const column = stringColumn(documents)
    const { encoder, rows } = await fitText('note', column)
    expect(rows).toEqual(encodeText(encoder, column))
  })
})

describe.each([{ sublinear: true }, { sublinear: false }])('with sublinear $sublinear', ({ sublinear }) => {
  test('textNodes() and denseTextNodes() equal encodeText() for any text', async () => {
    const column = stringColumn(documents)
    const { encoder } = await fitText('note', column, { ...defaultTextOptions, minDocuments: 1, longest: 3, sublinear })
    const run = await openGraph(encoder)
    const piece = fc.oneof(
      fc.constantFrom(...documents.flatMap((text) => [text ?? '', ...(text ?? '').split(' ')])),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(' ', '\0', '\ud800', 'İ', 'ſ', 'ẞ', '\u0301', 'Σ', '𝔘', '\u{1e943}', '\u{2ebf0}', '٣', 'Ⅷ'),
    )
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(' '))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(text, fc.string(), fc.string({ unit: 'binary' })), { minLength: 1 }),
        async (texts) => {
          const own = toDense(encodeText(encoder, stringColumn(texts)))
          const { sparse, dense } = await run(texts)
          expect(maxDifference(sparse, own)).toBeLessThan(1e-14)
          expect(maxDifference(dense, own)).toBeLessThan(1e-14)
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('textNodes() runs on a batch without any known term', async () => {
  const { encoder } = await fitText('note', stringColumn(documents))
  const run = await openGraph(encoder)
  const { sparse, dense } = await run(['', '!!', 'unheard'])
  expect(sparse.every((value) => value === 0)).toBe(true)
  expect(dense.every((value) => value === 0)).toBe(true)
})

/** Opens a graph of both forms of an encoder; each answers row-major [texts × terms]. */
async function openGraph(encoder: TextEncoder) {
  const graph = new GraphBuilder('text')
  const text = graph.input('text', 'string', ['N', 1])
  const sparse = textNodes(graph, text, encoder)
  graph.output(sparse.rows, 'int64', ['M', 1])
  graph.output(sparse.places, 'int64', ['M'])
  graph.output(sparse.values, 'double', ['M'])
  const dense = denseTextNodes(graph, text, encoder)
  graph.output(dense, 'double', ['N', encoder.idf.length])
  const session = await InferenceSession.create(graph.build({}))
  return async (texts: readonly string[]) => {
    const found = await session.run({ text: new Tensor('string', texts.map(tensorText), [texts.length, 1]) })
    const rows = found[sparse.rows]?.data as BigInt64Array
    const places = found[sparse.places]?.data as BigInt64Array
    const values = found[sparse.values]?.data as Float64Array
    const full = new Float64Array(texts.length * encoder.idf.length)
    values.forEach((value, i) => (full[Number(rows[i]) * encoder.idf.length + Number(places[i])] = value))
    return { sparse: full, dense: found[dense]?.data as Float64Array }
  }
}

function maxDifference(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] as number))), 0)
}
