import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { withTensorsBeside, type TensorPlace } from '../fixtures/external-data.ts'
import { matrixClassifier } from '../fixtures/foreign-graphs.ts'
import { GraphBuilder } from '../graph-builder.ts'
import { openSession } from '../open-session.ts'
import { openTrial, type Trial } from './open-trial.ts'

let folder: string
let trial: Trial
beforeAll(() => {
  trial = openTrial()
})
afterAll(() => trial.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-trial-'))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)
const weights = [
  [1, 0, -1],
  [0, 2, 1],
]

/** Packs a graph that keeps its tensors beside itself. */
async function packed(place?: (truth: Required<TensorPlace>) => TensorPlace, maxBytes = 1_000_000): Promise<boolean> {
  const { graph, data } = withTensorsBeside(matrixClassifier(weights), place)
  await writeFile(at('model.onnx'), graph)
  await writeFile(at('weights.data'), data)
  await writeFile(at('secret'), 'x'.repeat(1000))
  return trial.pack({
    path: at('model.onnx'),
    beside: { 'weights.data': { path: at('weights.data'), sizeBytes: data.length } },
    to: at('packed.onnx'),
    maxBytes,
  })
}

describe('openTrial().pack()', () => {
  test('makes one file of a graph and the tensors beside it, which answers as the graph does', async () => {
    expect(await packed()).toBe(true)
    const feeds = { input: { type: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) } } as const
    const session = await trial.open(at('packed.onnx'))
    const whole = await openSession(matrixClassifier(weights))
    expect(await session.run(feeds, ['label', 'probabilities'])).toEqual(
      await whole.run(feeds, ['label', 'probabilities']),
    )
    await whole.release()
  })

  test('writes nothing for a graph that keeps nothing beside itself', async () => {
    await writeFile(at('model.onnx'), matrixClassifier(weights))
    const options = { path: at('model.onnx'), beside: {}, to: at('packed.onnx'), maxBytes: 1_000_000 }
    expect(await trial.pack(options)).toBe(false)
    await expect(trial.open(at('packed.onnx'))).rejects.toMatchObject({ code: 'model/unreadable' })
  })

  test.each<[why: string, place: (truth: Required<TensorPlace>) => TensorPlace, said: string]>([
    ['a file above the folder', (truth) => ({ ...truth, location: '../secret' }), "'../secret' is not in the folder"],
    ['a file by its path', (truth) => ({ ...truth, location: '/etc/passwd' }), "'/etc/passwd' is not in the folder"],
    ['an address', (truth) => ({ ...truth, location: 'http://example.org/w' }), 'is not in the folder of the model'],
    ['a file that was not given, be it there', (truth) => ({ ...truth, location: 'secret' }), "'secret' is not in"],
    ['a name that objects have', (truth) => ({ ...truth, location: 'constructor' }), "'constructor' is not in"],
    ['a length beyond the end', (truth) => ({ ...truth, length: '1000000' }), '1000000 bytes long, which has 24'],
    ['a length that the dimensions do not make', (truth) => ({ ...truth, length: '4' }), 'dimensions make 24'],
    ['an offset beyond the end', (truth) => ({ ...truth, offset: '23' }), 'at byte 23'],
    ['an offset below zero', (truth) => ({ ...truth, offset: '-8' }), 'at byte -8'],
  ])('refuses a tensor that says to lie in %s', async (_, place, said) => {
    await expect(packed(place)).rejects.toMatchObject({
      code: 'model/externalData',
      message: expect.stringContaining(said),
    })
  })

  test('refuses what would become larger than is taken, before it is written', async () => {
    await expect(packed(undefined, 100)).rejects.toMatchObject({ code: 'model/tooLarge' })
  })

  test('refuses bytes that are no model', async () => {
    await writeFile(at('model.onnx'), Buffer.from(Uint8Array.from({ length: 5000 }, (_, k) => (k * 7919) % 256)))
    const options = { path: at('model.onnx'), beside: {}, to: at('packed.onnx'), maxBytes: 1_000_000 }
    await expect(trial.pack(options)).rejects.toMatchObject({ code: 'model/unreadable' })
  })
})

describe('openTrial()', () => {
  /** Fills so many megabytes with what it is given. */
  async function fillingModel(megabytes: number): Promise<string> {
    const graph = new GraphBuilder('filling')
    const x = graph.input('x', 'float', ['N', 1])
    const shape = graph.constant('int64', [2], BigInt64Array.of(BigInt(megabytes * 1024), 256n))
    const filled = graph.node('Expand', [x, shape])
    graph.node('ReduceMax', [filled], { as: 'y' })
    graph.output('y', 'float', [1, 1])
    await writeFile(at('filling.onnx'), graph.build({}))
    return at('filling.onnx')
  }
  const one = { x: { type: 'float32', shape: [1, 1], data: Float32Array.of(1) } } as const

  test('ends the process of a model that takes more memory than it may, and says so', async () => {
    const small = openTrial({ maxMemoryBytes: 600 * 2 ** 20 })
    const session = await small.open(await fillingModel(4000))
    await expect(session.run(one, ['y'])).rejects.toMatchObject({
      code: 'model/trialEnded',
      message: 'Cannot try the model: it takes more than 600 MB of memory',
    })
    await expect(small.open(at('filling.onnx'))).rejects.toMatchObject({ code: 'model/trialEnded' })
    await small.close()
  })

  test('ends the process of a model that takes more time than it may', async () => {
    const hasty = openTrial({ maxMs: 1 })
    await expect(hasty.open(await fillingModel(1))).rejects.toMatchObject({
      code: 'model/trialEnded',
      message: 'Cannot try the model: it takes more than 0.001 s',
    })
    await hasty.close()
  })

  test('says what is wrong with a model, and goes on', async () => {
    await expect(trial.open(at('nothing.onnx'))).rejects.toMatchObject({ code: 'model/unreadable' })
    const session = await trial.open(await fillingModel(1))
    expect((await session.run(one, ['y']))['y']?.data).toEqual(Float32Array.of(1))
  })
})
