import { describe, expect, test } from 'vitest'
import { openSession } from '#model'
import { embeddingModel, everyTypeModel, meanCentredModel, shapedModel } from '../fixtures/engine-graphs.ts'
import { columnsModel, identityModel, rowSumModel, simpleModel } from '../fixtures/protocol-models.ts'
import { batchPolicy } from './batch-policy.ts'
import { measureGraph } from './measure-graph.ts'

const measure = async (bytes: Uint8Array) => measureGraph(await openSession(bytes), { maxRunMs: 0.5 })

describe('measureGraph()', () => {
  test.each([
    ['sums of rows', rowSumModel(3)],
    ['two inputs of whole numbers', simpleModel()],
    ['text', identityModel('BYTES')],
    ['halves', identityModel('FP16')],
    ['places in a table', embeddingModel(2)],
    ['inputs of several types', everyTypeModel()],
    ['named columns', columnsModel()],
  ])('finds that rows of %s can share a run, and what it costs', async (_, bytes) => {
    const { sharesRuns, curve } = await measure(bytes)
    expect(sharesRuns).toBe(true)
    expect(curve.map(({ rows }) => rows)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256].slice(0, curve.length))
    expect(curve.every(({ ms }) => ms > 0)).toBe(true)
  })

  test.each([
    ['the mean of numbers is subtracted', meanCentredModel()],
    ['the mean of whole numbers is subtracted', meanCentredModel('int64')],
    ['the mean of numbers without a second dimension is subtracted', meanCentredModel('int32', ['N'])],
    ['the mean of halves is subtracted', meanCentredModel('float16')],
    ['the first dimension is fixed', shapedModel([1, 4])],
    ['another dimension varies', shapedModel(['N', 'M'])],
    ['made-up rows fail', embeddingModel(1)],
  ])('lets no rows share a run where %s', async (_, bytes) => {
    expect(await measure(bytes)).toEqual({ sharesRuns: false, curve: [] })
  })

  test('is done soon with a graph whose runs are long', async () => {
    const session = await openSession(rowSumModel(2))
    let runs = 0
    const slow = {
      ...session,
      run: async (...of: Parameters<typeof session.run>) => {
        runs++
        await new Promise((resolve) => setTimeout(resolve, 110))
        return session.run(...of)
      },
    }
    const { curve } = await measureGraph(slow, { maxRunMs: 10 })
    expect([curve.length, runs]).toEqual([1, 5])
  })
})

describe('batchPolicy()', () => {
  const curveOf = (...costs: readonly number[]) => costs.map((ms, power) => ({ rows: 2 ** power, ms }))

  test.each([
    {
      why: 'a graph whose rows cost the same each gains by its runs alone',
      curve: curveOf(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28),
      // (0.32 + 0.02) / 32 is within 5 % of (1.28 + 0.02) / 128, and (0.16 + 0.02) / 16 is not.
      is: { largestBatch: 32, runsIn: 'http' },
    },
    {
      why: 'a graph whose runs cost the same whatever their rows takes the most',
      curve: curveOf(0.1, 0.1, 0.1, 0.1, 0.1),
      is: { largestBatch: 16, runsIn: 'http' },
    },
    {
      why: 'a graph that gets slower a row runs one at a time',
      curve: curveOf(0.1, 0.5, 3),
      is: { largestBatch: 1, runsIn: 'http' },
    },
    {
      why: 'a run longer than the longest does not count',
      curve: curveOf(6, 7, 8, 11),
      is: { largestBatch: 4, runsIn: 'lane' },
    },
    {
      why: 'a batch that would hold up the HTTP thread is cut where that costs less than another thread',
      curve: curveOf(1, 1.8, 3, 4.2, 8),
      is: { largestBatch: 8, runsIn: 'http' },
    },
    {
      why: 'and goes to a lane where it costs more',
      curve: curveOf(4, 4.5, 5.5, 6),
      is: { largestBatch: 8, runsIn: 'lane' },
    },
    {
      why: 'one row counts, however long it takes',
      curve: curveOf(40),
      is: { largestBatch: 1, runsIn: 'lane' },
    },
    {
      why: 'a file that takes long to load runs in a lane, however short its runs are',
      curve: curveOf(0.1, 0.1),
      loadMs: 60,
      is: { largestBatch: 2, runsIn: 'lane' },
    },
    { why: 'a graph that shares no runs', curve: [], is: { largestBatch: 1, runsIn: 'lane' } },
  ])('$why', ({ curve, loadMs = 1, is }) => {
    expect(batchPolicy(curve, { loadMs, maxRunMs: 10 })).toEqual(is)
  })
})
