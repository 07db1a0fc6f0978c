import * as fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { declareInputs, declarePrediction, feedsOf, GraphBuilder, openSession } from '#model'
import type { Field } from '#model'
import { numberColumn, stringColumn } from '#platform'
import type { Table } from '#platform'
import { featureInputs, fitFeatures } from './feature-encoder.ts'
import type { FeatureEncoder } from './feature-encoder.ts'
import { encodeFeatures } from './feature-matrix.ts'
import type { FeatureMatrix } from './feature-matrix.ts'
import { projectNodes } from './project-nodes.ts'
import { defaultTextOptions } from './text-encoder.ts'

const inputs: readonly Field[] = [
  { name: 'distance', type: 'numeric' },
  { name: 'full', type: 'boolean' },
  { name: 'constant', type: 'numeric' },
  { name: 'at', type: 'timestamp' },
  { name: 'origin', type: 'categorical' },
  { name: 'note', type: 'text' },
  { name: 'unheard', type: 'text' },
  { name: 'second', type: 'text' },
]
const options = { category: { minCount: 2, maxCategories: 3 }, text: { ...defaultTextOptions, minDocuments: 1 } }
const hour = 3_600_000

const training: Table = {
  rowCount: 6,
  columns: {
    distance: numberColumn([100, 200, null, 300, Infinity, 1e5]),
    full: numberColumn([true, false, true, true, false, true]),
    constant: numberColumn([5, 5, 5, 5, 5, 5]),
    at: numberColumn([0, hour, 26 * hour, null, 800 * hour, 1e5 * hour]),
    origin: stringColumn(['OSL', 'OSL', 'CDG', null, '', 'once']),
    note: stringColumn(['late again', 'on time', null, 'late', 'Été', '']),
    unheard: stringColumn(['!', '', null, '...', '?', '-']),
    second: stringColumn(['a', 'b', 'a b', 'c', 'd', 'e']),
  },
}

describe('fitFeatures()', () => {
  test('standardises numbers, and flags the missing and infinite ones', async () => {
    const { encoder } = await fitFeatures([inputs[0] as Field], training, options)
    const matrix = encodeFeatures(encoder, training)
    const mean = (100 + 200 + 300 + 1e5) / 4
    const deviation = Math.sqrt([100, 200, 300, 1e5].reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4)
    expect(matrix.denseCount).toBe(2)
    const standard = (x: number): number[] => [expect.closeTo((x - mean) / deviation, 12) as number, 0]
    const missing = [0, 1]
    expect(Array.from(matrix.dense)).toEqual(
      [standard(100), standard(200), missing, standard(300), missing, standard(1e5)].flat(),
    )
  })

  test('gives a category its feature where it is frequent, and the missing one too', async () => {
    const { encoder } = await fitFeatures([inputs[4] as Field], training, options)
    expect(encoder.categories).toEqual([{ input: 'origin', categories: ['', 'OSL'] }])
    expect(Array.from(encodeFeatures(encoder, training).coded)).toEqual([1, 1, 2, 0, 0, 2])
  })

  test('codes hour, day of the week and month, and holds the trend within the days of training', async () => {
    const { encoder } = await fitFeatures([inputs[3] as Field], training, options)
    expect(encoder.timestamps[0]?.parts).toEqual([
      { part: 'hour', values: [0, 1, 2, 8, 16] },
      { part: 'dayOfWeek', values: [1, 3, 4] },
      { part: 'month', values: [1, 2, 5] },
    ])
    const days = (at: number): number => encodeFeatures(encoder, tableOf({ at: numberColumn([at]) })).dense[0] as number
    expect(days(-1e12)).toBe(days(0))
    expect(days(9e12)).toBe(days(1e5 * hour))
    expect(days(24 * hour)).toBeGreaterThan(days(0))
  })

  test('leaves out columns that say nothing', async () => {
    const { encoder } = await fitFeatures(inputs, training, options)
    const silent = inputs.map(({ name }) => name).filter((name) => !featureInputs(encoder).includes(name))
    expect(silent).toEqual(['constant', 'unheard'])
    expect(featureInputs(encoder)).toHaveLength(encoder.width)
  })

  test('gives the training rows of texts as encodeFeatures() makes them', async () => {
    const { encoder, textRows } = await fitFeatures(inputs, training, options)
    expect(encodeFeatures(encoder, training, textRows)).toEqual(encodeFeatures(encoder, training))
  })
})

describe('projectNodes()', () => {
  test('computes with the very features of encodeFeatures()', async () => {
    const { encoder } = await fitFeatures(inputs, training, options)
    const project = await openIdentity(encoder)
    const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, 3.5e38, 100, 200.1, -0))
    const moment = fc.oneof(fc.double({ min: -1e13, max: 1e13 }), fc.constantFrom(NaN, Infinity, 0, hour, 26 * hour))
    const text = fc.oneof(
      fc.constantFrom(null, '', 'OSL', 'CDG', 'osl', 'late LATE again', 'ÉTÉ', 'a b', 'e', 'OSL\0', 'x\ud800'),
      fc.string({ unit: 'binary' }),
    )
    const row = fc.tuple(number, number, number, moment, text, text, text, text)
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const columns = inputs.map(({ name, type }, i) => {
          const cells = rows.map((cells) => cells[i])
          const isText = type === 'categorical' || type === 'text'
          return [name, isText ? stringColumn(cells as string[]) : numberColumn(cells as number[])] as const
        })
        const table = { rowCount: rows.length, columns: Object.fromEntries(columns) }
        const own = toDense(encodeFeatures(encoder, table))
        const found = await project(table)
        expect(found.length).toBe(own.length)
        for (let i = 0; i < own.length; i++) expect(found[i]).toBeCloseTo(own[i] as number, 12)
      }),
      { numRuns: 300 },
    )
  })

  test('gives the intercepts where no input says anything', async () => {
    const { encoder } = await fitFeatures([inputs[2] as Field], training, options)
    const graph = new GraphBuilder('silent')
    declareInputs(graph, [inputs[2] as Field])
    const intercepts = Float32Array.of(0.5)
    const { sums } = projectNodes(graph, encoder, {
      outputs: 1,
      weights: new Float32Array(0),
      intercepts,
      rowsOf: 'constant',
    })
    declarePrediction(graph, sums, { type: 'double' })
    const session = await InferenceSession.create(graph.build({}))
    const { prediction } = await session.run({ constant: new Tensor('float32', [1, NaN], [2, 1]) })
    expect(prediction?.data).toEqual(Float32Array.of(0.5, 0.5))
  })
})

/** A graph whose weights are the identity, so that its outputs are the features; answers row-major [rows × width]. */
async function openIdentity(encoder: FeatureEncoder) {
  const graph = new GraphBuilder('identity')
  declareInputs(graph, inputs)
  const { width } = encoder
  const weights = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0))
  const projection = { outputs: width, weights, intercepts: new Float32Array(width), rowsOf: 'distance' }
  const { sums: features } = projectNodes(graph, encoder, projection)
  graph.output(features, 'double', ['N', width])
  const session = await openSession(graph.build({}))
  return async (table: Table): Promise<Float64Array> => {
    const feeds = feedsOf(inputs, table).map((feed) => [feed.name, feed.tensor(0, table.rowCount)] as const)
    const found = await session.run(Object.fromEntries(feeds), [features])
    return found[features]?.data as Float64Array
  }
}

function toDense({ rowCount, width, dense, denseCount, coded, codedCount, sparse }: FeatureMatrix): Float64Array {
  const out = new Float64Array(rowCount * width)
  for (let row = 0; row < rowCount; row++) {
    out.set(dense.subarray(row * denseCount, (row + 1) * denseCount), row * width)
    for (const place of coded.subarray(row * codedCount, (row + 1) * codedCount))
      if (place < width) out[row * width + place] = 1
    for (let at = sparse.starts[row] as number; at < (sparse.starts[row + 1] as number); at++)
      out[row * width + (sparse.places[at] as number)] = sparse.values[at] as number
  }
  return out
}

const tableOf = (columns: Table['columns']): Table => ({ rowCount: 1, columns })
