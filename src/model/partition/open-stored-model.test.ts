import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  numberColumn,
  seededIds,
  seededRandom,
  silentLog,
  stringColumn,
  virtualClock,
  type Table,
  type Workspace,
} from '#platform'
import { openWorkspace } from '#test-workspace'
import { GraphBuilder } from '../graph-builder.ts'
import { declareInputs, declarePrediction } from '../model-interface.ts'
import type { Field, Model, Partition } from '../schema.ts'
import { keepSegments } from './kept-segments.ts'
import { openModel } from '../open-model.ts'
import { openStoredModel } from './open-stored-model.ts'
import { partitionedModel } from './partitioned-model.ts'
import { residentModels } from './resident-models.ts'
import { rowsBySegment } from './rows-by-segment.ts'

const x: Field = { name: 'x', type: 'numeric' }
const shop: Field = { name: 'shop', type: 'categorical' }

/** x times a factor. */
function times(factor: number, inputs: readonly Field[], classes: readonly string[] = []): Uint8Array {
  const graph = new GraphBuilder('times')
  declareInputs(graph, inputs)
  declarePrediction(graph, graph.node('Mul', ['x', graph.constant('float', [1], [factor])]))
  return graph.build({ signature: { task: 'regression', inputs, classes } })
}

const table = (shops: readonly (string | null)[]): Table => ({
  rowCount: shops.length,
  columns: { shop: stringColumn(shops), x: numberColumn(shops.map((_, row) => row + 1)) },
})

let folder: string
let workspace: Workspace
let pooled: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stored-model-'))
  const clock = virtualClock(0)
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({ folder, migrations: [], clock, ids, log: silentLog, threads: 1 })
  pooled = await workspace.blobs.put(times(0.5, [x, shop]))
})
afterAll(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

async function partitionOf(files: Readonly<Record<string, Uint8Array>>): Promise<Partition> {
  const models = []
  for (const [segment, file] of Object.entries(files))
    models.push({ segment, onnxDigest: await workspace.blobs.put(file), rows: 10 })
  const segmentsDigest = await keepSegments(workspace, models)
  return { by: 'shop', segmentsDigest, segments: models.length, rows: 0, pooledSegments: 0, pooledRows: 0 }
}

describe('openStoredModel() of a partitioned model', () => {
  test('scores each row by the model of its segment, in the order of the rows', async () => {
    const partition = await partitionOf({ oslo: times(10, [x]), rome: times(-1, [x]) })
    const model = await openStoredModel(workspace, { onnxDigest: pooled, partition })
    expect(model.signature.inputs).toEqual([x, shop])
    // The pooled model answers for a shop that is unknown, missing, or without a name.
    const mixed = await model.predict(table(['rome', 'oslo', 'pisa', 'oslo', null, 'rome', '']))
    expect(mixed).toEqual({ kind: 'numbers', values: Float32Array.of(-1, 20, 1.5, 40, 2.5, -6, 3.5) })
    expect(await model.predict(table(['oslo']))).toEqual({ kind: 'numbers', values: Float32Array.of(10) })
    expect(await model.predict(table(['pisa']))).toEqual({ kind: 'numbers', values: Float32Array.of(0.5) })
    expect(await model.predict(table([]))).toEqual({ kind: 'numbers', values: new Float32Array(0) })
    await model.release()
  })

  test('answers the same whether few or many models stay open, also when asked at once', async () => {
    const shops = Array.from({ length: 12 }, (_, place) => `shop ${place}`)
    const partition = await partitionOf(Object.fromEntries(shops.map((name, place) => [name, times(place, [x])])))
    const asked = [...shops, ...shops.toReversed()]
    const expected = Float32Array.from(asked, (name, row) => Number(name.slice(5)) * (row + 1))
    for (const maxResident of [1, 3, 100]) {
      const model = await openStoredModel(workspace, { onnxDigest: pooled, partition }, { maxResident })
      const answers = await Promise.all(Array.from({ length: 5 }, () => model.predict(table(asked))))
      for (const answer of answers) expect(answer).toEqual({ kind: 'numbers', values: expected })
      await model.release()
    }
  })

  test('without a segment of its own is the pooled model', async () => {
    const model = await openStoredModel(workspace, { onnxDigest: pooled, partition: await partitionOf({}) })
    expect(await model.predict(table(['oslo', 'rome']))).toEqual({ kind: 'numbers', values: Float32Array.of(0.5, 1) })
    await model.release()
  })

  test('refuses a model of a segment that is gone, and one that answers something else', async () => {
    const gone = await partitionOf({ oslo: times(3, [x]) })
    const others = await keepSegments(workspace, [{ segment: 'oslo', onnxDigest: 'f'.repeat(64), rows: 1 }])
    const lost = await openStoredModel(workspace, {
      onnxDigest: pooled,
      partition: { ...gone, segmentsDigest: others },
    })
    await expect(lost.predict(table(['oslo']))).rejects.toMatchObject({ code: 'platform/missingBlob' })
    expect(await lost.predict(table(['rome']))).toEqual({ kind: 'numbers', values: Float32Array.of(0.5) })
    await lost.release()
    const partition = await partitionOf({ oslo: times(3, [x], ['a', 'b']) })
    const wrong = await openStoredModel(workspace, { onnxDigest: pooled, partition })
    await expect(wrong.predict(table(['oslo']))).rejects.toMatchObject({ code: 'model/wrongSegment' })
    await wrong.release()
  })
})

describe('residentModels()', () => {
  /** Models that count how often they are opened and released. */
  function counted(maxResident: number) {
    const opened: string[] = []
    const released: string[] = []
    const open = async (key: string): Promise<Model> => {
      if (key === 'broken') throw new Error('cannot be opened')
      opened.push(key)
      return {
        signature: { task: 'regression', inputs: [], classes: [] },
        predict: () => Promise.resolve({ kind: 'numbers', values: new Float32Array(0) }),
        release: async () => void released.push(key),
      }
    }
    return { models: residentModels(open, maxResident), opened, released }
  }
  const nothing = (): Promise<void> => Promise.resolve()

  test('keeps those that were used last, and opens each once while it is open', async () => {
    const { models, opened, released } = counted(2)
    for (const key of ['a', 'b', 'a', 'c']) await models.use(key, nothing)
    expect(models.resident()).toEqual(['a', 'c'])
    expect([opened, released]).toEqual([['a', 'b', 'c'], ['b']])
    await models.use('b', nothing)
    expect(models.resident()).toEqual(['c', 'b'])
    await models.close()
    expect(released.toSorted()).toEqual(['a', 'b', 'b', 'c'])
  })

  test('releases none that is being used, though they are more than the cap', async () => {
    const { models, released } = counted(1)
    const gate = Promise.withResolvers<void>()
    const working = ['a', 'b', 'c'].map((key) => models.use(key, () => gate.promise))
    await models.use('d', nothing)
    expect(released).toEqual(['d'])
    const closing = models.close()
    gate.resolve()
    await Promise.all([...working, closing])
    expect(released.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('tries again to open what failed to open', async () => {
    const { models } = counted(2)
    await expect(models.use('broken', nothing)).rejects.toThrow('cannot be opened')
    expect(models.resident()).toEqual([])
    await models.close()
  })
})

test('partitionedModel() opens no more models than it must for rows of all segments, time and again', async () => {
  let opened = 0
  const open = async (segment: string): Promise<Model> => {
    opened++
    return openModel(times(Number(segment), [x]))
  }
  const segments = Array.from({ length: 10 }, (_, place) => String(place))
  const model = partitionedModel({
    pooled: await openModel(times(0.5, [x, shop])),
    by: 'shop',
    segments: new Set(segments),
    models: residentModels(open, 8),
  })
  const rounds = 5
  for (let round = 0; round < rounds; round++) await model.predict(table(segments))
  expect(opened).toBe(10 + (rounds - 1) * 2)
  await model.release()
})

test('rowsBySegment() gives every row with a segment once', () => {
  const shops = ['a', null, 'b', 'a', '']
  expect(rowsBySegment(table(shops), 'shop')).toEqual(
    new Map([
      ['a', Int32Array.of(0, 3)],
      ['b', Int32Array.of(2)],
    ]),
  )
  expect(() => rowsBySegment(table(shops), 'town')).toThrow(expect.objectContaining({ code: 'model/missingInput' }))
  expect(() => rowsBySegment(table(shops), 'x')).toThrow(expect.objectContaining({ code: 'model/wrongInputType' }))
  expect(rowsBySegment({ rowCount: 2, columns: { shop: numberColumn([null, null]) } }, 'shop')).toEqual(new Map())
})
