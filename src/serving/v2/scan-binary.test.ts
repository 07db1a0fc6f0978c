import { describe, expect, test } from 'vitest'
import { newBatch } from '../engine/batch.ts'
import type { RowLayout } from '../engine/row-layout.ts'
import { binaryScanner } from './scan-binary.ts'

const layout: RowLayout = {
  inputs: [
    { name: 'x', type: 'float32', rowShape: [2], rowSize: 2 },
    { name: 'n', type: 'int64', rowShape: [1], rowSize: 1 },
  ],
}
const x = Float32Array.of(1.5, -2, 3, 4)
const n = BigInt64Array.of(2n ** 60n, -1n)
const bytes = Buffer.concat([Buffer.from(n.buffer), Buffer.from(x.buffer)])
const inputX = { name: 'x', shape: [2, 2], datatype: 'FP32', parameters: { binary_data_size: 16 } }
const inputN = { name: 'n', shape: [2, 1], datatype: 'INT64', parameters: { binary_data_size: 16 } }

function scan(json: object, binary: Buffer = bytes) {
  const head = Buffer.from(JSON.stringify(json))
  const batch = newBatch(layout, 4)
  const scanner = binaryScanner(layout)
  const read = () => scanner(Buffer.concat([head, binary]), head.length, () => ({ batch, from: 1 }))
  // The second time the head is known.
  return { first: read(), again: read(), batch, scanner, head }
}

describe('binaryScanner()', () => {
  test('copies the tensors into their rows of the batch, in whatever order they come', () => {
    const { first, again, batch } = scan({ inputs: [inputN, inputX], parameters: { binary_data_output: true } })
    expect(first).toEqual({ rows: 2, id: undefined, outputs: undefined, spans: null, binaryOutputs: 'all' })
    expect(again).toBe(first)
    expect(batch.buffers).toEqual([
      Float32Array.of(0, 0, 1.5, -2, 3, 4, 0, 0),
      BigInt64Array.of(0n, 2n ** 60n, -1n, 0n),
    ])
  })

  test('knows the outputs that are wanted, and which of them as binary data', () => {
    const outputs = [{ name: 'y', parameters: { binary_data: true } }, { name: 'z' }]
    const { first } = scan({ id: 'mine', inputs: [inputN, inputX], outputs })
    expect(first).toMatchObject({ id: 'mine', outputs: ['y', 'z'], binaryOutputs: new Set(['y']) })
  })

  test('tells where there is no room', () => {
    const { scanner, head } = scan({ inputs: [inputN, inputX] })
    expect(scanner(Buffer.concat([head, bytes]), head.length, () => undefined)).toBe('full')
  })

  test.each([
    ['an input is missing', { inputs: [inputX] }, bytes],
    ['an input comes twice', { inputs: [inputX, inputX] }, bytes],
    ['an input has values as JSON too', { inputs: [inputN, { ...inputX, data: [1, 2, 3, 4] }] }, bytes],
    [
      'a size is not that of the shape',
      { inputs: [inputN, { ...inputX, parameters: { binary_data_size: 15 } }] },
      bytes,
    ],
    ['rows differ', { inputs: [inputN, { ...inputX, shape: [1, 2] }] }, bytes],
    ['the datatype is another', { inputs: [inputN, { ...inputX, datatype: 'INT32' }] }, bytes],
    ['bytes are missing', { inputs: [inputN, inputX] }, bytes.subarray(1)],
    ['bytes follow', { inputs: [inputN, inputX] }, Buffer.concat([bytes, bytes])],
    ['there is a parameter that means something', { inputs: [inputN, inputX], parameters: { timeout: 5 } }, bytes],
    [
      'there are no rows',
      {
        inputs: [
          { ...inputN, shape: [0, 1] },
          { ...inputX, shape: [0, 2] },
        ],
      },
      Buffer.alloc(0),
    ],
    ['it is no request', {}, bytes],
  ])('leaves a request to the complete reader where %s', (_, json, binary) => {
    expect(scan(json, binary).first).toBe('unusual')
    expect(scan(json, binary).again).toBe('unusual')
  })
})
