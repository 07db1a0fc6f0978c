/** Where a scanner stands in the bytes of a request. */
export interface Cursor {
  readonly bytes: Buffer
  at: number
}

/** Numbers that a list can take. */
export type NumberSink =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array

/**
 * Reads a flat JSON array of numbers straight into `sink`, from place `from` on, with the same values as `JSON.parse`.
 *
 * Written out: what it calls for each character would not all be inlined, which costs as much as all else together.
 *
 * @param cursor stands behind `[`; afterwards behind `]`
 * @returns false for anything else than exactly `count` numbers: then nothing is to be believed of the sink
 */
export function scanNumbers(
  cursor: Cursor,
  sink: NumberSink,
  range: { readonly from: number; readonly count: number },
): boolean {
  const { bytes } = cursor
  const { length } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  const end = range.from + range.count
  const isFloat = sink instanceof Float32Array || sink instanceof Float64Array
  const isSingle = sink instanceof Float32Array
  let place = range.from
  let at = cursor.at
  if (range.count === 0) {
    cursor.at = at = skipSpace(bytes, at)
    if (bytes[at] !== closeBracket) return false
    cursor.at = at + 1
    return true
  }
  for (;;) {
    let byte = bytes[at] as number
    if (byte <= space) byte = bytes[(at = skipSpace(bytes, at))] as number
    const start = at
    // 1 for a minus. Signs and first digits of data follow no pattern: a branch for them would be guessed wrong time and again.
    const sign = (byte - point) >>> 31
    at += sign
    const first = at
    let whole = (bytes[at] as number) - zero
    // Nearly every number is plain: at most nine digits before the point, which 32 bits hold, and no exponent.
    let isPlain = whole >= 0 && whole <= 9 && sign * (byte - minus) === 0
    byte = bytes[++at] as number
    if (byte >= zero && byte <= nine) {
      isPlain &&= whole > 0
      do {
        whole = (whole * 10 + byte - zero) | 0
        byte = bytes[++at] as number
      } while (byte >= zero && byte <= nine)
      isPlain &&= at <= first + 9
    }
    let mantissa = whole
    let decimals = 0
    if (byte === point) {
      const behind = ++at
      let four = at + 4 <= length ? fourDigits(view.getInt32(at, true)) : -1
      if (four >= 0) {
        mantissa = whole * 10_000 + four
        at += 4
      }
      byte = bytes[at] as number
      while (four >= 0 && byte >= zero && byte <= nine && at + 4 <= length) {
        four = fourDigits(view.getInt32(at, true))
        if (four < 0) break
        mantissa = mantissa * 10_000 + four
        byte = bytes[(at += 4)] as number
      }
      while (byte >= zero && byte <= nine) {
        mantissa = mantissa * 10 + byte - zero
        byte = bytes[++at] as number
      }
      decimals = at - behind
      isPlain &&= decimals > 0
    }
    let value = (signs[sign] as number) * (mantissa / (powers[decimals] as number))
    // Of at most 15 digits it is exact, see below; of up to 19 it is where both neighbours are the same as float32.
    if (at > first + 16)
      isPlain &&= isSingle && at <= first + 20 && Math.fround(value * above) === Math.fround(value * below)
    if (!isPlain || !(byte === comma || byte === closeBracket || byte <= space)) {
      cursor.at = start
      value = scanLongNumber(cursor, isSingle)
      at = cursor.at
      byte = bytes[at] as number
    }
    if (place === end || Number.isNaN(value)) return false
    sink[place] = value
    if (!isFloat && (!Number.isInteger(value) || sink[place] !== value)) return false
    place++
    if (byte <= space) byte = bytes[(at = skipSpace(bytes, at))] as number
    at++
    if (byte === comma) continue
    if (byte !== closeBracket || place !== end) return false
    cursor.at = at
    return true
  }
}

/**
 * Reads a number of any form that JSON has.
 *
 * One of at most 15 digits is its digits times or over a power of ten, both exact, so one rounding gives the nearest
 * double. A longer one is within 2⁻⁴⁹ of the truth that way: enough for float32 unless it lies next to the middle of two.
 *
 * @param cursor stands at its first character; afterwards behind its last
 * @param isSingle whether it will be rounded to float32
 * @returns NaN where there is none
 * @see Clinger (1990), doi:10.1145/93542.93557
 */
function scanLongNumber(cursor: Cursor, isSingle: boolean): number {
  const { bytes } = cursor
  const start = cursor.at
  const mostDigits = isSingle ? 19 : 15
  let at = start
  let byte = bytes[at] as number
  const isNegative = byte === minus
  if (isNegative) byte = bytes[++at] as number
  let digits = 0
  let mantissa = 0
  let exponent = 0
  if (byte === zero) byte = bytes[++at] as number
  else {
    if (!isDigit(byte)) return NaN
    while (isDigit(byte)) {
      mantissa = mantissa * 10 + (byte - zero)
      digits++
      byte = bytes[++at] as number
    }
  }
  if (byte === point) {
    byte = bytes[++at] as number
    if (!isDigit(byte)) return NaN
    while (isDigit(byte)) {
      mantissa = mantissa * 10 + (byte - zero)
      if (mantissa !== 0) digits++
      exponent--
      byte = bytes[++at] as number
    }
  }
  if (byte === 101 || byte === 69) {
    byte = bytes[++at] as number
    const isDown = byte === minus
    if (isDown || byte === plus) byte = bytes[++at] as number
    if (!isDigit(byte)) return NaN
    let written = 0
    while (isDigit(byte)) {
      // Far beyond what the digits of any body could take back.
      if (written < 1e12) written = written * 10 + (byte - zero)
      byte = bytes[++at] as number
    }
    exponent += isDown ? -written : written
  }
  cursor.at = at
  if (digits <= mostDigits && exponent >= -22 && exponent <= 22) {
    const value = exponent < 0 ? mantissa / (powers[-exponent] as number) : mantissa * (powers[exponent] as number)
    if (digits <= 15 || Math.fround(value * above) === Math.fround(value * below)) return isNegative ? -value : value
  }
  return Number(bytes.toString('latin1', start, at))
}

const isDigit = (byte: number): boolean => byte >= zero && byte <= nine

const isSpace = (byte: number): boolean => byte === space || byte === 10 || byte === 13 || byte === 9

/**
 * The value of four digits that stand as characters in a little-endian word; -1 where one is none. All four are looked at
 * together: a branch a digit costs more than their arithmetic.
 */
function fourDigits(word: number): number {
  const isFromZero = (word & 0xf0f0f0f0) ^ 0x30303030
  const isToNine = ((word + 0x06060606) & 0xf0f0f0f0) ^ 0x30303030
  if ((isFromZero | isToNine) !== 0) return -1
  const pairs = (Math.imul(word & 0x0f0f0f0f, 2561) >>> 8) & 0x00ff00ff
  return Math.imul(pairs, 6553601) >>> 16
}

/** Behind white space. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    if (!isSpace(bytes[at] as number)) return at
    at++
  }
}

const above = 1 + 2 ** -49
const below = 1 - 2 ** -49
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const signs = Float64Array.of(1, -1)
const space = 32
const zero = 48
const nine = 57
const minus = 45
const plus = 43
const point = 46
const comma = 44
const closeBracket = 93
