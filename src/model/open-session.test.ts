import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GraphBuilder } from './graph-builder.ts'
import type { TensorType } from './onnx-schema.ts'
import type { GraphTensor } from './graph-session.ts'
import { openSession } from './open-session.ts'

const identity = (type: TensorType, dims: readonly (number | string)[]): Uint8Array => {
  const graph = new GraphBuilder('identity')
  graph.node('Identity', [graph.input('x', type, dims)], { as: 'y' })
  graph.output('y', type, dims)
  return graph.build({})
}

describe('openSession()', () => {
  test('says what a graph takes and gives', async () => {
    const session = await openSession(identity('float', ['N', 3, 'M']))
    const value = { type: 'float32', shape: [-1, 3, -1], symbols: ['N', null, 'M'] }
    expect([session.inputs, session.outputs]).toEqual([[{ name: 'x', ...value }], [{ name: 'y', ...value }]])
    await session.release()
  })

  test.each<[TensorType, GraphTensor]>([
    ['float', { type: 'float32', shape: [2], data: Float32Array.of(1.5, NaN) }],
    ['double', { type: 'float64', shape: [2], data: Float64Array.of(0.1, -Infinity) }],
    ['float16', { type: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xb800) }],
    ['int64', { type: 'int64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 9_007_199_254_740_993n) }],
    ['uint8', { type: 'uint8', shape: [2], data: Uint8Array.of(0, 255) }],
    ['bool', { type: 'bool', shape: [2], data: Uint8Array.of(0, 1) }],
    ['string', { type: 'string', shape: [2], data: ['', 'ñ🛫'] }],
  ])('carries %s in and out', async (type, tensor) => {
    const session = await openSession(identity(type, ['N']))
    expect(await session.run({ x: tensor }, ['y'])).toEqual({ y: tensor })
    await session.release()
  })

  test('gives results that do not change with what they were made of', async () => {
    const session = await openSession(identity('float', ['N']))
    const data = Float32Array.of(1, 2)
    const { y } = await session.run({ x: { type: 'float32', shape: [2], data } }, ['y'])
    data.fill(9)
    await session.run({ x: { type: 'float32', shape: [2], data } }, ['y'])
    expect(y?.data).toEqual(Float32Array.of(1, 2))
    await session.release()
  })

  test('reads a file by its path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-session-'))
    await writeFile(join(folder, 'model.onnx'), identity('float', ['N']))
    const session = await openSession(join(folder, 'model.onnx'))
    expect(session.inputs).toHaveLength(1)
    await session.release()
    await expect(openSession(join(folder, 'none.onnx'))).rejects.toMatchObject({ code: 'model/unreadable' })
    await rm(folder, { recursive: true })
  })

  test('tells what a graph refuses', async () => {
    const session = await openSession(identity('float', [2]))
    const three = { type: 'float32', shape: [3], data: new Float32Array(3) } as const
    await expect(session.run({ x: three }, ['y'])).rejects.toMatchObject({ code: 'model/runFailed' })
    await expect(session.run({}, ['y'])).rejects.toMatchObject({ code: 'model/runFailed' })
    await session.release()
    await expect(openSession(new Uint8Array(3))).rejects.toMatchObject({ code: 'model/unreadable' })
  })
})
