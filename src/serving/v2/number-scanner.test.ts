import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scanNumbers, type NumberSink } from './number-scanner.ts'

/** What `scanNumbers` makes of what stands behind a bracket; undefined where it refuses. */
function scan<Sink extends NumberSink>(text: string, sink: Sink): Sink | undefined {
  const cursor = { bytes: Buffer.from(text), at: 0 }
  if (!scanNumbers(cursor, sink, { from: 0, count: sink.length })) return undefined
  expect(cursor.at).toBe(cursor.bytes.length)
  return sink
}

const digits = (atLeast: number, atMost: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: atLeast, maxLength: atMost })
const whole = fc.oneof(
  { weight: 1, arbitrary: fc.constant('0') },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...'123456789'.split('')), digits(0, 24)).map((parts) => parts.join('')),
  },
)
const sign = fc.constantFrom('', '-')
const fraction = fc.oneof(
  fc.constant(''),
  digits(1, 25).map((text) => `.${text}`),
  digits(1, 9).map((text) => `.${'0'.repeat(30)}${text}`),
)
const exponent = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.oneof(digits(1, 2), digits(1, 4)))
    .map((parts) => parts.join('')),
)
/** Every form that JSON has of a number. */
const number = fc.tuple(sign, whole, fraction, exponent).map((parts) => parts.join(''))

const singleOf = (pattern: number): number => new Float32Array(Uint32Array.of(pattern).buffer)[0] as number
/** Numbers right between two of float32, written whole, and their neighbours among doubles. */
const halves = fc.integer({ min: 0x00000001, max: 0x7f7ffffe }).chain((pattern) => {
  const half = (singleOf(pattern) + singleOf(pattern + 1)) / 2
  const step = new BigUint64Array(Float64Array.of(half).buffer)
  return fc.constantFrom(-1n, 0n, 1n).map((by) => {
    const value = new Float64Array(BigUint64Array.of((step[0] as bigint) + by).buffer)[0] as number
    return Math.abs(value) >= 1e-7 && Math.abs(value) < 1e20 ? exactText(value) : String(value)
  })
})

/** Enough for the doubles between two float32 of 1e-7 and more. */
const decimals = 60

/** All the digits of a double. */
function exactText(value: number): string {
  const [head = '', tail = ''] = value.toFixed(decimals).split('.')
  const shown = tail.replace(/0+$/, '')
  return shown === '' ? head : `${head}.${shown}`
}

const floats: readonly (readonly [string, (length: number) => Float32Array | Float64Array])[] = [
  ['float32', (length) => new Float32Array(length)],
  ['float64', (length) => new Float64Array(length)],
]
const integers = { Int8Array, Int16Array, Int32Array, Uint8Array, Uint16Array, Uint32Array }

describe('scanNumbers()', () => {
  test.each(floats)('reads as %s what JSON.parse and a typed array make of any numbers', (_, sinkOf) => {
    const space = fc.constantFrom('', ' ', '\n', '\r\n', '\t  ')
    fc.assert(
      fc.property(fc.array(fc.tuple(space, number, space), { minLength: 1, maxLength: 8 }), (parts) => {
        const text = `${parts.map((part) => part.join('')).join(',')}]`
        const expected = sinkOf(parts.length)
        expected.set(JSON.parse(`[${text}`) as number[])
        const found = scan(text, sinkOf(parts.length))
        expect(found && Buffer.from(found.buffer)).toEqual(Buffer.from(expected.buffer))
      }),
      { numRuns: 3000 },
    )
  })

  test('rounds what lies between two float32 as JSON.parse and a Float32Array do', () => {
    fc.assert(
      fc.property(halves, sign, (text, minus) => {
        const found = scan(`${minus}${text}]`, new Float32Array(1))
        expect(found).toEqual(Float32Array.of(JSON.parse(`${minus}${text}`) as number))
      }),
      { numRuns: 3000 },
    )
  })

  test.each([
    ['the least subnormal of float32', '1.401298464324817e-45'],
    ['half of it, which is nothing', '7.006492321624085e-46'],
    ['the least subnormal of float64', '5e-324'],
    ['the greatest float32', '3.4028234663852886e38'],
    ['what first overflows float32', '3.4028235677973366e38'],
    ['the greatest float64', '1.7976931348623157e308'],
    ['more than any number', '1e999'],
    ['less than any number', '-1e999'],
    ['minus zero', '-0'],
    ['minus zero with an exponent', '-0.0E+7'],
    ['nothing, however often ten', '0e99999999999999999999'],
    ['an exponent longer than a number is', `1e${'9'.repeat(400)}`],
    ['zeros behind the point, taken back', `0.${'0'.repeat(30_000)}1e30001`],
    // The exponent is far beyond what the zeros take back: an exponent that is not read to its end would seem small.
    ['fewer zeros behind the point than the exponent has', `0.${'0'.repeat(12_340)}12345e123456`],
    ['zeros before the point, taken back', `1${'0'.repeat(30_000)}e-30000`],
    ['2^53 + 1', '9007199254740993'],
    ['just above the half between 2^53 and 2^53 + 2', '9007199254740993.00000000000000000000000001'],
  ])('reads %s', (_, text) => {
    const value = JSON.parse(text) as number
    expect(scan(`${text}]`, new Float64Array(1))).toEqual(Float64Array.of(value))
    expect(scan(`${text}]`, new Float32Array(1))).toEqual(Float32Array.of(value))
  })

  test('takes whole numbers in range for whole types, and nothing else', () => {
    const near = fc.constantFrom(0, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2147483647, 2147483648, 4294967295)
    const text = fc.oneof(
      number,
      fc
        .tuple(sign, near, fc.integer({ min: -1, max: 1 }))
        .map(([minus, size, by]) => `${minus}${Math.abs(size + by)}`),
    )
    fc.assert(
      fc.property(text, fc.constantFrom(...Object.values(integers)), (text, Type) => {
        const value = JSON.parse(text) as number
        const fits = Number.isInteger(value) && Type.of(value)[0] === (value === 0 ? 0 : value)
        expect(scan(`${text}]`, new Type(1))).toEqual(fits ? Type.of(value) : undefined)
      }),
      { numRuns: 3000 },
    )
  })

  test.each([
    ['a leading zero', '01'],
    ['a leading zero after the sign', '-01'],
    ['nothing behind the point', '1.'],
    ['nothing before the point', '.5'],
    ['a plus', '+1'],
    ['nothing behind the e', '1e'],
    ['nothing behind the sign of the exponent', '1e+'],
    ['a point in the exponent', '1e1.5'],
    ['a sign alone', '-'],
    ['two signs', '--1'],
    ['a space within', '1 2'],
    ['a space behind the sign', '- 1'],
    ['hexadecimal', '0x10'],
    ['an underscore', '1_000'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['-Infinity', '-Infinity'],
    ['null', 'null'],
    ['true', 'true'],
    ['text', '"1"'],
    ['a list', '[1]'],
    ['nothing', ''],
    ['a space that JSON does not know', '\u00A01'],
    ['a form feed', '\f1'],
    ['NUL', '1\0'],
    ['a digit of another script', '\u0661'],
    ['one number too many', '1,2'],
    ['a comma at the end', '1,'],
    ['a comma at the start', ',1'],
  ])('refuses %s', (_, text) => {
    expect(scan(`${text}]`, new Float64Array(1))).toBeUndefined()
    expect(scan(`${text}]`, new Int32Array(1))).toBeUndefined()
  })

  test('sees any character that is no digit in a fraction, wherever among four it stands', () => {
    const parsed = (text: string): number | undefined => {
      try {
        const values = JSON.parse(`[${text}`) as readonly number[]
        return values.length === 1 ? values[0] : undefined
      } catch {
        return undefined
      }
    }
    const codes = Array.from({ length: 256 }, (_, code) => code).filter((code) => code !== ']'.charCodeAt(0))
    const texts = codes.flatMap((code) =>
      [2, 3, 4, 5].map(
        (place) => `${'0.1234'.slice(0, place)}${String.fromCharCode(code)}${'0.1234]'.slice(place + 1)}`,
      ),
    )
    expect(texts.map((text) => scan(text, new Float64Array(1))?.[0])).toEqual(texts.map(parsed))
  })

  test('refuses too few numbers, and a list that does not end', () => {
    expect(scan('1]', new Float32Array(2))).toBeUndefined()
    for (const text of ['', '1', '1,', '1,2', '1,2.', '1,2e', '1,-'])
      expect(scan(text, new Float32Array(2))).toBeUndefined()
  })

  test('writes into its own places only, whatever it reads', () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 6 }), fc.nat(3), fc.nat(4), (texts, from, count) => {
        const sink = new Float64Array(10).fill(7)
        scanNumbers({ bytes: Buffer.from(`${texts.join(',')}]`), at: 0 }, sink, { from, count })
        expect([...sink.subarray(0, from), ...sink.subarray(from + count)]).toEqual(Array(10 - count).fill(7))
      }),
    )
  })

  test('stops where its bytes end, though memory goes on behind them', () => {
    const memory = Buffer.from('1,2,3]')
    expect(scanNumbers({ bytes: memory.subarray(0, 3), at: 0 }, new Float32Array(3), { from: 0, count: 3 })).toBe(false)
    const fraction = Buffer.from('0.1234567]')
    for (let end = 2; end < 10; end++)
      expect(scanNumbers({ bytes: fraction.subarray(0, end), at: 0 }, new Float32Array(1), { from: 0, count: 1 })).toBe(
        false,
      )
  })
})
