import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ElementType, GraphTensor, GraphValue } from '#model'
import { growBatch, newBatch, type Batch } from '../engine/batch.ts'
import { rowLayout, type RowLayout } from '../engine/row-layout.ts'
import { checkInputs } from '../inference/check-inputs.ts'
import { datatypeOfOrt } from '../inference/datatypes.ts'
import { readInfer, type ReadInfer } from './read-infer.ts'
import { anyChange, changed } from '../fixtures/changed-bytes.ts'
import { framedScanner } from './scan-framed.ts'
import type { ScannedInfer } from './scan-infer.ts'

const input = (name: string, type: ElementType, rowShape: readonly number[]): GraphValue => ({
  name,
  type,
  shape: [-1, ...rowShape],
  symbols: ['N', ...rowShape.map(() => null)],
})
const layoutOf = (inputs: readonly GraphValue[]): RowLayout => rowLayout({ inputs, outputs: [] }) as RowLayout

const flat = [input('x', 'float32', [])]
const pairs = [input('x', 'float32', [2])]
const two = [input('x', 'float64', [2]), input('k', 'int32', [1])]
const cubes = [input('x', 'float32', [2, 2]), input('u', 'uint8', [])]

/** A request as it was read, with the tensors that the model would run on. */
interface Meaning {
  readonly rows: number
  readonly id: string | undefined
  readonly outputs: readonly string[] | undefined
  readonly tensors: readonly GraphTensor[]
}

/** What the complete reader makes of a body; undefined where it refuses. */
function read(body: Buffer, inputs: readonly GraphValue[]): Meaning | undefined {
  let request: ReadInfer
  let tensors: readonly GraphTensor[]
  try {
    request = readInfer(body, undefined)
    tensors = checkInputs(inputs, request.inputs)
  } catch {
    return undefined
  }
  const rows = tensors[0]?.shape[0] ?? 0
  if (rows === 0 || tensors.some(({ shape }) => shape[0] !== rows)) return undefined
  expect(request.parameters).toEqual({})
  expect(request.binaryOutputs).toEqual(new Set())
  return { rows, id: request.id, outputs: request.outputs, tensors }
}

interface Scanned {
  readonly found: ScannedInfer | 'unusual' | 'full'
  readonly meaning: Meaning | undefined
  readonly batch: Batch
  readonly places: readonly number[]
}

/**
 * Scans a body into a batch that holds a row of somebody else already.
 * @param options.before a body that was scanned before
 */
function scan(
  body: Buffer,
  inputs: readonly GraphValue[],
  { room = Infinity, before }: { readonly room?: number; readonly before?: Buffer } = {},
): Scanned {
  const layout = layoutOf(inputs)
  const scanner = framedScanner(layout)
  if (before) scanner(before, (rows) => ({ batch: newBatch(layout, rows), from: 0 }))
  const batch = newBatch(layout, 4)
  batch.buffers.forEach((buffer, order) => (buffer as Float32Array).fill(9, 0, layout.inputs[order]?.rowSize))
  batch.rows = 1
  const places: number[] = []
  const found = scanner(body, (rows) => {
    places.push(rows)
    if (rows > room) return undefined
    if (batch.rows + rows > batch.capacity) growBatch(batch, layout, batch.rows + rows)
    return { batch, from: batch.rows }
  })
  if (typeof found === 'string') return { found, meaning: undefined, batch, places }
  const tensors = layout.inputs.map(({ type, rowSize, rowShape }, order) => ({
    type,
    shape: [found.rows, ...rowShape],
    data: (batch.buffers[order] as Float32Array).slice(rowSize, rowSize * (1 + found.rows)),
  }))
  return { found, meaning: { rows: found.rows, id: found.id, outputs: found.outputs, tensors }, batch, places }
}

/** Holds what was scanned, first and after another body, against what the complete reader makes of the same bytes. */
function compare(body: Buffer, inputs: readonly GraphValue[], before = body): Scanned {
  const scanned = scan(body, inputs)
  const later = scan(body, inputs, { before })
  expect(later.found).toEqual(scanned.found)
  expect(bitsOf(later.meaning)).toEqual(bitsOf(scanned.meaning))
  expect(bitsOf(scanned.meaning)).toEqual(scanned.meaning && bitsOf(read(body, inputs)))
  const layout = layoutOf(inputs)
  scanned.batch.buffers.forEach((buffer, order) => {
    const { rowSize } = layout.inputs[order] as { rowSize: number }
    expect([...(buffer as Float32Array).subarray(0, rowSize)]).toEqual(Array(rowSize).fill(9))
  })
  expect([scanned.batch.rows, scanned.batch.jobs]).toEqual([1, []])
  return scanned
}

const bitsOf = (meaning: Meaning | undefined) =>
  meaning && {
    ...meaning,
    tensors: meaning.tensors.map(({ type, shape, data }) => ({ type, shape, bits: hex(data as Float32Array) })),
  }
const hex = (data: Float32Array): string => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')

/** The members of an object in some order, some of them twice. */
const object = (members: Readonly<Record<string, fc.Arbitrary<string>>>): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.tuple(...Object.entries(members).map(([key, value]) => value.map((text) => `"${key}":${text}`))),
      fc.nat(9),
      fc.nat(99),
    )
    .map(([texts, shuffle, again]) => {
      const order = shuffle === 0 ? texts.toReversed() : texts
      return `{${(again < texts.length ? [...order, texts[again]] : order).join(',')}}`
    })

const value = (type: ElementType): fc.Arbitrary<string> =>
  type.startsWith('float')
    ? fc.oneof(
        fc.double({ noNaN: true }).map((number) => String(number).replace('Infinity', '1e999')),
        fc.nat(9).map(String),
      )
    : fc.oneof(fc.nat(300).map(String), fc.constantFrom('-1', '1.0', '1.5', '-0', '3e0'))

function tensor({ name, type, shape }: GraphValue, rows: number): fc.Arbitrary<string> {
  const row = shape.slice(1).reduce((product, dim) => product * dim, 1)
  const list = (length: number) =>
    fc.array(value(type), { minLength: length, maxLength: length }).map((texts) => `[${texts.join(', ')}]`)
  const nested = fc.array(list(row), { minLength: rows, maxLength: rows }).map((texts) => `[${texts.join(',')}]`)
  return object({
    name: fc.constant(`"${name}"`),
    datatype: fc.constant(`"${datatypeOfOrt(type)}"`),
    shape: fc.constantFrom(JSON.stringify([rows, ...shape.slice(1)]), `[ ${[rows, ...shape.slice(1)].join(' ,')} ]`),
    data: fc.oneof(list(rows * row), nested),
  })
}

const inputsOf = fc.constantFrom(flat, pairs, two, cubes)
const request = inputsOf.chain((inputs) =>
  fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.boolean())
    .chain(([rows, isNamed]) =>
      object({
        ...(isNamed && { id: fc.constantFrom('"a"', '"b c"', '""') }),
        inputs: fc.tuple(...inputs.map((one) => tensor(one, rows))).map((texts) => `[${texts.join(' , ')}]`),
        outputs: fc.constantFrom('[{"name":"y"}]', '[{"name":"y"}, {"name":"z"}]'),
      }),
    )
    .map((text) => ({ inputs, body: Buffer.from(text) })),
)

const twoPairs = [1, 3].map((first) => [first, first + 1])
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const x = (members: object): Buffer => json({ inputs: [{ name: 'x', ...members }] })

describe('scanInfer()', () => {
  test.each([
    ['one list', flat, x({ datatype: 'FP32', shape: [3], data: [1, 2.5, -0] })],
    [
      'one list for each row',
      pairs,
      x({
        datatype: 'FP32',
        shape: [2, 2],
        data: twoPairs,
      }),
    ],
    [
      'space wherever JSON allows it',
      pairs,
      Buffer.from(
        JSON.stringify(JSON.parse(x({ datatype: 'FP32', shape: [1, 2], data: [[1, 2]] }).toString()), null, '\t'),
      ),
    ],
    [
      'an id and outputs',
      flat,
      json({ id: 'a b', outputs: [{ name: 'y' }], inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }] }),
    ],
    [
      'inputs in another order',
      two,
      json({
        inputs: [
          { name: 'k', datatype: 'INT32', shape: [1, 1], data: [7] },
          { name: 'x', datatype: 'FP64', shape: [1, 2], data: [1, 2] },
        ],
      }),
    ],
  ])('reads %s as the complete reader does', (_, inputs, body) => {
    expect(compare(body, inputs).meaning).toBeDefined()
  })

  test('takes most plain requests, and means by each what the complete reader does', () => {
    let taken = 0
    fc.assert(
      fc.property(request, ({ inputs, body }) => {
        if (compare(body, inputs).meaning) taken++
      }),
      { numRuns: 1500 },
    )
    expect(taken).toBeGreaterThan(400)
  })

  test('never takes a changed request for something else than the complete reader does', () => {
    fc.assert(
      fc.property(request, fc.array(anyChange, { minLength: 1, maxLength: 3 }), ({ inputs, body }, changes) => {
        expect(compare(changes.reduce(changed, body), inputs, body).batch.rows).toBe(1)
      }),
      { numRuns: 6000 },
    )
  })

  test('takes no body that ends early', () => {
    const body = json({
      id: 'a',
      inputs: [
        {
          name: 'x',
          datatype: 'FP32',
          shape: [2, 2],
          data: twoPairs,
        },
      ],
    })
    for (let length = 0; length < body.length; length++)
      expect(compare(body.subarray(0, length), pairs).found).toBe('unusual')
  })

  test.each([
    // JSON.parse lets the last of several members count: what was read by an earlier one is not what is meant.
    [
      'a name that comes again behind the data',
      two,
      '{"inputs":[{"name":"x","datatype":"FP64","shape":[1,2],"data":[1,2],"name":"k"},{"name":"k","datatype":"INT32","shape":[1,1],"data":[7]}]}',
    ],
    [
      'a shape that comes again behind the data',
      pairs,
      '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],"shape":[2,1]}]}',
    ],
    [
      'a datatype that comes again behind the data',
      pairs,
      '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],"datatype":"INT32"}]}',
    ],
    ['data twice', pairs, '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],"data":[3,4]}]}'],
    ['inputs twice', pairs, '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}],"inputs":[]}'],
    [
      'an output that is named twice',
      flat,
      '{"outputs":[{"name":"y","name":"z"}],"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}',
    ],
    ['lists deeper than the shape', flat, '{"inputs":[{"name":"x","datatype":"FP32","shape":[2],"data":[[1],[2]]}]}'],
    [
      'an input twice',
      flat,
      '{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]},{"name":"x","datatype":"FP32","shape":[1],"data":[2]}]}',
    ],
    ['another datatype', flat, '{"inputs":[{"name":"x","datatype":"FP64","shape":[1],"data":[1]}]}'],
    [
      'rows that differ',
      two,
      '{"inputs":[{"name":"x","datatype":"FP64","shape":[1,2],"data":[1,2]},{"name":"k","datatype":"INT32","shape":[2,1],"data":[7,8]}]}',
    ],
    [
      'parameters',
      flat,
      '{"parameters":{"timeout":1},"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}',
    ],
    ['something behind the body', flat, '{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}{}'],
    ['an escape in a name', flat, '{"inputs":[{"na\\u006de":"x","datatype":"FP32","shape":[1],"data":[1]}]}'],
    ['null for not a number', flat, '{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[null]}]}'],
    ['brackets without end', flat, `{"inputs":${'['.repeat(100_000)}`],
    ['objects without end', flat, '{"inputs":['.repeat(100_000)],
  ])('leaves %s to the complete reader', (_, inputs, text) => {
    expect(compare(Buffer.from(text), inputs).found).toBe('unusual')
  })

  test.each([
    ['2^31', '[2147483648,2]'],
    ['999,999,999', '[999999999,2]'],
    ['a million', '[1000000,2]'],
    ['more than any body of its length could hold', '[20,2]'],
  ])('makes no room for rows that are not there: %s', (_, shape) => {
    const text = `{"inputs":[{"name":"x","datatype":"FP32","shape":${shape},"data":[1,2,3]}]}`
    expect(scan(Buffer.from(text), pairs)).toMatchObject({ found: 'unusual', places: [] })
  })

  test('says so where there is no room', () => {
    const body = x({ datatype: 'FP32', shape: [3], data: [1, 2, 3] })
    expect(scan(body, flat, { room: 2 }).found).toBe('full')
    expect(scan(body, flat, { room: 2, before: body }).found).toBe('full')
    expect(scan(body, flat, { room: 3 }).meaning).toBeDefined()
  })
})
