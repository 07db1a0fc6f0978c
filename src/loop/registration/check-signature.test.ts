import { describe, expect, test } from 'vitest'
import type { GraphValue } from '#model'
import type { SignatureEntry } from '#registry'
import { checkSignature, columnsOf } from './check-signature.ts'

const value = (name: string, type: GraphValue['type'], ...shape: readonly number[]): GraphValue => ({
  name,
  type,
  shape,
  symbols: shape.map(() => null),
})
const tensor = (dtype: string, shape: readonly number[], name?: string): SignatureEntry => ({
  ...(name === undefined ? {} : { name }),
  type: 'tensor',
  dtype,
  shape,
})
const outputs = [value('label', 'int64', -1), value('probabilities', 'float32', -1, 3)]
const check = (inputs: readonly GraphValue[], signed: readonly SignatureEntry[] | null) =>
  checkSignature({ inputs, outputs, signature: { inputs: signed, outputs: null } })

describe('checkSignature()', () => {
  test.each<[why: string, inputs: readonly GraphValue[], signed: readonly SignatureEntry[] | null]>([
    ['the tensor of the graph', [value('x', 'float32', -1, 4)], [tensor('float32', [-1, 4])]],
    ['doubles that MLflow narrows', [value('x', 'float32', -1, 4)], [tensor('float64', [-1, 4])]],
    [
      'tensors by name',
      [value('a', 'int64', -1), value('b', 'string', -1)],
      [tensor('object', [-1], 'b'), tensor('int64', [-1], 'a')],
    ],
    [
      'columns in one matrix',
      [value('x', 'float32', -1, 2)],
      [
        { name: 'p', type: 'double' },
        { name: 'q', type: 'long' },
      ],
    ],
    [
      'columns by name',
      [value('p', 'float32', -1, 1), value('q', 'string', -1, 1)],
      [
        { name: 'p', type: 'double' },
        { name: 'q', type: 'string' },
      ],
    ],
    ['none', [value('x', 'float32', -1, 4)], null],
  ])('takes %s', (_, inputs, signed) => {
    expect(() => check(inputs, signed)).not.toThrow()
  })

  test.each<[why: string, inputs: readonly GraphValue[], signed: readonly SignatureEntry[], said: string]>([
    [
      'another width',
      [value('x', 'float32', -1, 4)],
      [tensor('float32', [-1, 3])],
      "its input float32 [-1, 3] differs from 'x'",
    ],
    ['another type', [value('x', 'float32', -1, 4)], [tensor('int64', [-1, 4])], 'input int64 [-1, 4] differs'],
    [
      'another name',
      [value('a', 'int64', -1), value('b', 'int64', -1)],
      [tensor('int64', [-1], 'a'), tensor('int64', [-1], 'c')],
      "its input 'c' int64 [-1] is none of the graph's",
    ],
    [
      'too few',
      [value('a', 'int64', -1), value('b', 'int64', -1)],
      [tensor('int64', [-1], 'a')],
      'it has 1 input, the graph',
    ],
    [
      'too many columns',
      [value('x', 'float32', -1, 1)],
      [
        { name: 'p', type: 'double' },
        { name: 'q', type: 'double' },
      ],
      'it has 2 columns',
    ],
    [
      'a column of text in a matrix of numbers',
      [value('x', 'float32', -1, 2)],
      [
        { name: 'p', type: 'double' },
        { name: 'q', type: 'string' },
      ],
      "its column 'q' is string",
    ],
  ])('says what differs: %s', (_, inputs, signed, said) => {
    expect(() => check(inputs, signed)).toThrow(said)
  })

  test('holds outputs too: one without a name may be any of them', () => {
    const hold = (signed: readonly SignatureEntry[]) =>
      checkSignature({ inputs: [], outputs, signature: { inputs: null, outputs: signed } })
    expect(() => hold([tensor('float32', [-1, 3])])).not.toThrow()
    expect(() => hold([tensor('float32', [-1, 2])])).toThrow("none of the graph's")
    expect(() => hold([tensor('int64', [-1], 'probabilities')])).toThrow("differs from 'probabilities'")
  })
})

test('columnsOf() are those of a matrix alone', () => {
  const signed = [
    { name: 'p', type: 'double' },
    { name: 'q', type: 'double' },
  ]
  expect(columnsOf([value('x', 'float32', -1, 2)], signed)).toEqual(['p', 'q'])
  expect(columnsOf([value('p', 'float32', -1, 1), value('q', 'float32', -1, 1)], signed)).toBeUndefined()
  expect(columnsOf([value('x', 'float32', -1, 2)], [tensor('float32', [-1, 2])])).toBeUndefined()
})
