import { isUtf8 } from 'node:buffer'
import { fail } from '../failures.ts'

/**
 * Reads JSON as Python writes it: `NaN` stands for a missing value and comes as null, `Infinity` and `-Infinity` are
 * numbers. Integers beyond 2⁵³ come as bigints, exactly.
 * @throws {Failure} `serving/badInput` for bytes that are not UTF-8, or text that is not JSON or too deep
 */
export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw fail('badInput', 'Cannot read the request: its body is not UTF-8')
  const text = body.toString('utf8')
  const read = longInteger.test(text) ? readExactly : (text: string): unknown => JSON.parse(text)
  try {
    return read(text)
  } catch (error) {
    const finite = withoutPythonNumbers(text)
    try {
      if (finite !== undefined) return read(finite)
    } catch {
      // The first error tells more.
    }
    throw fail('badInput', 'Cannot read the request: its body is not JSON', { cause: error })
  }
}

/** Fewer digits are exact as a number. */
const longInteger = /\d{16}/

function readExactly(text: string): unknown {
  const exact = (_: string, value: unknown, context: { readonly source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && integer.test(context.source ?? '')
      ? BigInt(context.source as string)
      : value
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown)
}

/** Those of 64 bits have no more digits, and longer ones would take long to read. */
const integer = /^-?\d{1,20}$/

/** The text with null for `NaN` and numbers too large for infinities; undefined where there are none. */
function withoutPythonNumbers(text: string): string | undefined {
  const parts: string[] = []
  let from = 0
  let at = 0
  while (at < text.length) {
    const letter = text[at]
    if (letter === '"') {
      at = endOfString(text, at)
      continue
    }
    const word = letter === 'N' ? 'NaN' : letter === 'I' ? 'Infinity' : undefined
    if (word !== undefined && text.startsWith(word, at)) {
      parts.push(text.slice(from, at), word === 'NaN' ? 'null' : '1e999')
      at += word.length
      from = at
    } else at++
  }
  return parts.length === 0 ? undefined : parts.join('') + text.slice(from)
}

/** Index after the string that begins at a quote. */
function endOfString(text: string, quote: number): number {
  let at = quote + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
