import { describe, expect, test } from 'vitest'
import { readLetters, wordsOf } from './letters.ts'
import { splitWords } from './split-words.ts'
import { findLocale } from './word-nodes.ts'

describe.each(['best', 'C'])('with the %s locale', (choice) => {
  test('wordsOf() splits around every character there is as the graph does', async () => {
    const locale = choice === 'best' ? await findLocale() : choice
    const letters = await readLetters(locale)
    const planes = 0x20000
    const documents = Array.from({ length: planes / 256 }, (_, block) =>
      Array.from({ length: 256 }, (_, i) => `A${String.fromCodePoint(block * 256 + i)}Σb`).join(' '),
    )
    const split = await splitWords(documents, locale)
    const wrong = documents.flatMap((document, place) => {
      const words = Array.from(split.documents[place] as Int32Array, (word) => split.words[word])
      const own = wordsOf(document, letters)
      return words.join(' ') === own.join(' ') ? [] : [`block ${place}: ${words.join(' ')} is not ${own.join(' ')}`]
    })
    expect(wrong).toEqual([])
    expect(split.words.length).toBeGreaterThan(50_000)
  })
})

test('wordsOf() splits at all but letters, marks, digits and underscores', async () => {
  const letters = await readLetters(await findLocale())
  expect(wordsOf("Don't STOP: war_ner, 2024! हिन्दी 日本語 👍 cafe\u0301", letters)).toEqual([
    'don',
    't',
    'stop',
    'war_ner',
    '2024',
    'हिन्दी',
    '日本語',
    'cafe\u0301',
  ])
})
