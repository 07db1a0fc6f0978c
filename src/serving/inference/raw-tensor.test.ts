import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { datatypes, elementCount } from './datatypes.ts'
import { decodeRaw, encodeRaw } from './raw-tensor.ts'
import type { Datatype, TensorValue } from './schema.ts'

const numeric = Object.entries(datatypes).flatMap(([name, { array, bytes }]) =>
  array ? [{ datatype: name as Datatype, array, bytes }] : [],
)
const spec = (datatype: Datatype, shape: readonly number[]) => ({ name: 'x', datatype, shape })
const framed = (...elements: readonly (readonly number[])[]) =>
  Buffer.concat(elements.map((bytes) => Buffer.from([bytes.length, 0, 0, 0, ...bytes])))

describe('decodeRaw()', () => {
  test.each(numeric)(
    'gives back the $datatype values that encodeRaw() wrote, at any alignment',
    ({ datatype, array, bytes }) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(9), (content, offset) => {
          const count = Math.floor(content.length / bytes)
          const whole = content.subarray(0, count * bytes).map((byte) => (datatype === 'BOOL' ? byte & 1 : byte))
          const value = { ...spec(datatype, [count]), data: new array(new Uint8Array(whole).buffer, 0, count) }
          const moved = Buffer.concat([Buffer.alloc(offset), encodeRaw(value)]).subarray(offset)
          const read = decodeRaw(value, moved)
          // The bits, for NaN has many.
          expect(encodeRaw(read)).toEqual(encodeRaw(value))
          expect(read.data).toBeInstanceOf(array)
          expect(read.data).toHaveLength(count)
        }),
      )
    },
  )

  test('gives back texts of any script, with marks of byte order and replacement characters in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (data) => {
        const value: TensorValue = { ...spec('BYTES', [data.length]), data }
        expect(decodeRaw(value, encodeRaw(value)).data).toEqual(data)
      }),
    )
    const data = ['', '\uFEFFbom', '\uFFFD', 'añ\u0000b', '🛫']
    const value: TensorValue = { ...spec('BYTES', [5]), data }
    expect(decodeRaw(value, encodeRaw(value)).data).toEqual(data)
  })

  test('reads little-endian: 2^53 + 1 as INT64, 1.5 as FP32 and as the bits of FP16', () => {
    expect(decodeRaw(spec('INT64', [1]), Buffer.from('0100000000002000', 'hex')).data).toEqual(
      BigInt64Array.of(2n ** 53n + 1n),
    )
    expect(decodeRaw(spec('FP32', [1, 1]), Buffer.from('0000c03f', 'hex')).data).toEqual(Float32Array.of(1.5))
    expect(decodeRaw(spec('FP16', []), Buffer.from('003e', 'hex')).data).toEqual(Uint16Array.of(0x3e00))
  })

  test.each([
    ['too few bytes', 'FP32', [2, 3], Buffer.alloc(20), 'FP32 of shape [2, 3] takes 24 bytes, got 20'],
    ['too many bytes', 'INT64', [1], Buffer.alloc(9), 'INT64 of shape [1] takes 8 bytes, got 9'],
    ['bytes for no elements', 'UINT8', [0, 4], Buffer.alloc(1), 'UINT8 of shape [0, 4] takes 0 bytes, got 1'],
    ['a boolean of 2', 'BOOL', [3], Buffer.from([0, 1, 2]), 'BOOL element 2 is 2, neither 0 nor 1'],
    ['a negative dimension', 'FP32', [-1, 4], Buffer.alloc(16), 'its shape [-1, 4] has the dimension -1'],
    ['two negative ones, whose product is right', 'FP32', [-2, -2], Buffer.alloc(16), 'has the dimension -2'],
    ['half a dimension', 'FP32', [0.5, 8], Buffer.alloc(16), 'has the dimension 0.5'],
    ['2^31 elements', 'UINT8', [2 ** 31], Buffer.alloc(1), 'has 2^31 elements or more'],
    ['a product that overflows', 'UINT8', [2 ** 30, 2 ** 30, 2 ** 30], Buffer.alloc(1), 'has 2^31 elements or more'],
    ['a dimension that a 0 would hide', 'UINT8', [0, 2 ** 40], Buffer.alloc(0), 'has 2^31 elements or more'],
    [
      'text that claims to be more',
      'BYTES',
      [1],
      Buffer.from([255, 255, 255, 255, 65]),
      'element 0 says that it has 4294967295 bytes, but only 1 follow',
    ],
    [
      'more texts than the bytes can hold',
      'BYTES',
      [2 ** 30],
      framed([65]),
      '1073741824 BYTES elements take at least 4294967296 bytes, got 5',
    ],
    [
      'fewer texts than the shape says',
      'BYTES',
      [2],
      framed([65, 65, 65, 65]),
      'its bytes end before BYTES element 1 of 2',
    ],
    ['more texts than the shape says', 'BYTES', [1], framed([65], [66]), '5 bytes follow its last BYTES element'],
    ['text that is not UTF-8', 'BYTES', [2], framed([65], [0xc3, 0x28]), 'BYTES element 1 is not valid UTF-8'],
    ['an encoded surrogate', 'BYTES', [1], framed([0xed, 0xa0, 0x80]), 'BYTES element 0 is not valid UTF-8'],
  ] as const)('refuses %s', (_, datatype, shape, bytes, message) => {
    expect(() => decodeRaw(spec(datatype, shape), bytes)).toThrow(
      expect.objectContaining({ code: 'serving/badInput', message: expect.stringContaining(message) }),
    )
  })
})

test('elementCount() of a scalar is 1, and of a shape with a 0 is 0', () => {
  expect([elementCount({ name: 'x', shape: [] }), elementCount({ name: 'x', shape: [3, 0] })]).toEqual([1, 0])
})
