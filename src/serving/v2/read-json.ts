import { isUtf8 } from 'node:buffer'
import { messageOf } from '#platform'
import { fail } from '../failures.ts'

/**
 * Parses JSON with whole numbers kept exact: one beyond 2⁵³ becomes a bigint.
 * @throws {Failure} `serving/badInput`
 */
export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw fail('badInput', 'Cannot read the request: its body is not UTF-8')
  const text = body.toString('utf8')
  try {
    return longInteger.test(text) ? JSON.parse(text, exact as Reviver) : JSON.parse(text)
  } catch (error) {
    throw fail('badInput', `Cannot read the request: its body is not JSON (${messageOf(error)})`)
  }
}

type Reviver = (key: string, value: unknown) => unknown

/** Sixteen digits in a row: only then can a whole number be beyond 2⁵³. */
const longInteger = /\d{16}/

function exact(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const { source } = context
  return source !== undefined && integer.test(source) ? BigInt(source) : value
}

/** Those of 64 bits have no more digits, and a longer one takes long to read: 19 s for 16 MB. */
const integer = /^-?\d{1,20}$/
