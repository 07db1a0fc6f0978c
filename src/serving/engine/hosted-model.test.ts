import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attribute,
  declareClasses,
  declareInputs,
  declarePrediction,
  GraphBuilder,
  openModel,
  type Signature,
} from '#model'
import { numberColumn, stringColumn, type Table } from '#platform'
import { askResident, hostedFile, openTestHost } from '../fixtures/model-host.ts'
import { hostedModel } from './hosted-model.ts'

const signature: Signature = {
  task: 'regression',
  inputs: [
    { name: 'origin', type: 'categorical' },
    { name: 'distance', type: 'numeric' },
  ],
  classes: [],
}

/** Twice the distance. */
function doubledModel(): Uint8Array {
  const graph = new GraphBuilder('doubled')
  declareInputs(graph, signature.inputs)
  declarePrediction(graph, graph.node('Add', ['distance', 'distance']))
  return graph.build({ signature })
}

/** The probability of 'late' is the distance. */
const binary: Signature = { ...signature, task: 'binary', classes: ['on time', 'late'] }
function likelyModel(): Uint8Array {
  const graph = new GraphBuilder('likely')
  declareInputs(graph, signature.inputs)
  const one = graph.constant('float', [1], Float32Array.of(1))
  const both = graph.node('Concat', [graph.node('Sub', [one, 'distance']), 'distance'], {
    attributes: { axis: attribute.int(1) },
  })
  declareClasses(graph, both, { classes: binary.classes })
  return graph.build({ signature: binary })
}

const table = (distances: readonly number[]): Table => ({
  rowCount: distances.length,
  columns: { distance: numberColumn(distances), origin: stringColumn(distances.map((distance) => `at ${distance}`)) },
})
const upTo = (count: number): number[] => Array.from({ length: count }, (_, row) => row)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-hosted-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('hostedModel()', () => {
  test('scores as the model does by itself, whatever shares its runs', async () => {
    const host = openTestHost()
    const bytes = likelyModel()
    const hosted = hostedModel(host, await hostedFile(folder, 'likely', bytes), binary)
    const alone = await openModel(bytes)
    const tables = [[0.25], [], [0.5, 0.75], upTo(600).map((row) => row / 600)].map(table)
    const found = await Promise.all(tables.map((one) => hosted.predict(one)))
    expect(found).toEqual(await Promise.all(tables.map((one) => alone.predict(one))))
    await hosted.release()
    expect(host.openModels).toBe(0)
    await alone.release()
    await host.close()
  })

  test('scores many rows beside requests that wait', async () => {
    const host = openTestHost()
    const file = await hostedFile(folder, 'doubled', doubledModel())
    const hosted = hostedModel(host, file, signature)
    const resident = await host.open(file)
    const waiting = askResident(resident, [
      { type: 'string', shape: [500, 1], data: upTo(500).map(() => '') },
      { type: 'float32', shape: [500, 1], data: Float32Array.from(upTo(500)) },
    ])
    expect(await hosted.predict(table(upTo(3000)))).toEqual({
      kind: 'numbers',
      values: Float32Array.from(upTo(3000), (row) => 2 * row),
    })
    expect((await waiting).at(-1)).toBe(998)
    await host.close()
  })

  test('goes on when its model is closed to make room, and opened again', async () => {
    const host = openTestHost({ maxModels: 1 })
    const files = await Promise.all(['one', 'other'].map((name) => hostedFile(folder, name, doubledModel())))
    const models = files.map((file) => hostedModel(host, file, signature))
    const answers = await Promise.all(upTo(40).map(async (row) => (await models[row % 2]?.predict(table([row])))?.kind))
    for (const row of upTo(8))
      expect(await models[row % 2]?.predict(table([row]))).toMatchObject({ values: Float32Array.of(2 * row) })
    expect([answers.every((kind) => kind === 'numbers'), host.openModels, host.evicted > 5]).toEqual([true, 1, true])
    await host.close()
  })
})
