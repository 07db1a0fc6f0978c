import { quoteText, type Lake } from '#platform'
import { walk, type Expression } from './expression.ts'

/** For a case and a letter (`lower:k`), every letter that DuckDB turns into it: for k these are k, K and the Kelvin sign. */
export type LetterCases = ReadonlyMap<string, readonly string[]>

type Match = Extract<Expression, { kind: 'match' }>

/** The regular expression (RE2, matched to the whole text) of a pattern. */
export function patternRegex({ pattern, letters }: Match, cases: LetterCases): string {
  return pattern
    .map((part) => {
      if (part === 'any') return '(?s:.*)'
      if (part === 'one') return '(?s:.)'
      if (letters === undefined) return Array.from(part.text, escaped).join('')
      return Array.from(part.text, (letter) => anyOf(cases.get(`${letters}:${letter}`) ?? [])).join('')
    })
    .join('')
}

/** What {@link patternRegex} needs to know of letters, asked from DuckDB itself, so that both fold alike. */
export async function letterCases(lake: Lake, expression: Expression): Promise<LetterCases> {
  const cases = new Map<string, readonly string[]>()
  for (const letters of ['lower', 'upper'] as const) {
    const wanted = new Set(
      walk(expression)
        .filter((part): part is Match => part.kind === 'match' && part.letters === letters)
        .flatMap(({ pattern }) => pattern.flatMap((part) => (typeof part === 'string' ? [] : Array.from(part.text)))),
    )
    if (wanted.size === 0) continue
    const found = await lake.rows<{ source: number; letter: string }>(
      // Every code point but the surrogates, which are no letters.
      `select code as source, ${letters}(chr(code::int)) as letter
        from (select unnest(range(1, 55296) || range(57344, 1114112)) as code)
        where letter in (${[...wanted].map(quoteText).join(', ')})`,
    )
    for (const letter of wanted) {
      const sources = found.filter((row) => row.letter === letter).map((row) => String.fromCodePoint(row.source))
      cases.set(`${letters}:${letter}`, sources)
    }
  }
  return cases
}

const escaped = (letter: string): string => `\\x{${(letter.codePointAt(0) as number).toString(16)}}`

const anyOf = (letters: readonly string[]): string =>
  letters.length === 0 ? '[^\\x{0}-\\x{10FFFF}]' : `[${letters.map(escaped).join('')}]`
