import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStoredModel, segmentsOf, type Scores, type SegmentModel } from '#model'
import { numberColumn, silentLog, stringColumn, type Table } from '#platform'
import { openWorkspace } from '#test-workspace'
import { modelCard, versionsOf, type ModelVersion } from '#registry'
import { openServing, type Prediction } from '#serving'
import type { SystemInput } from '#system'
import { allMigrations } from '../migrations.ts'
import { lateOrders, writeOrders } from '../fixtures/opposite-segments.ts'
import { openTinyLoop, type TinyLoop } from '../fixtures/tiny-loop.ts'
import { prepareData } from '../prepare-data.ts'
import { atOnce, type CycleResult } from '../schema.ts'
import { tick } from '../tick.ts'

const days = 20
const customers = 6

/** Trains a system once, at the end of the twentieth day. */
async function train(loop: TinyLoop, input: SystemInput, told: string[] = []): Promise<CycleResult> {
  const system = await loop.apply(input)
  const { dataset } = await prepareData(loop.workspace, { system, step: atOnce })
  const { training } = await tick(loop.workspace, {
    system,
    dataset,
    nowMs: loop.workspace.clock.now(),
    windows: [],
    gather: () => Promise.resolve(null),
    step: atOnce,
    byTheClock: false,
    pool: loop.pool,
    tell: ({ candidate, text }) => told.push(`${candidate}: ${text}`),
  })
  return training as CycleResult
}

async function openLoop(): Promise<TinyLoop> {
  const loop = await openTinyLoop(days)
  await writeOrders(loop.workspace, { folder: loop.folder, days, customers, rowsEach: 400 })
  return loop
}

const orders = (asked: readonly (readonly [string | null, number])[]): Table => ({
  rowCount: asked.length,
  columns: {
    customer: stringColumn(asked.map(([customer]) => customer)),
    load: numberColumn(asked.map(([, load]) => load)),
    weight: numberColumn(asked.map(() => 5)),
  },
})
const late = (scores: Scores): number[] =>
  scores.kind === 'numbers' ? [] : Array.from(scores.probabilities).filter((_, place) => place % 2 === 1)

describe('a system whose segments go opposite ways', () => {
  let loop: TinyLoop
  let training: CycleResult
  let version: ModelVersion
  let models: readonly SegmentModel[]
  const told: string[] = []
  beforeAll(async () => {
    loop = await openLoop()
    training = await train(loop, lateOrders(), told)
    version = (await versionsOf(loop.workspace, 'orders'))[0] as ModelVersion
    models = await segmentsOf(loop.workspace, version.partition?.segmentsDigest as string)
  })
  afterAll(() => loop.close())

  test('is served by one model per segment, which costs a fraction of what one model for all costs', async () => {
    expect(training).toMatchObject({ chosen: 'logistic', passed: true, versionNumber: 1 })
    const { partition: _, ...whole } = lateOrders({
      name: 'whole',
      evaluation: { split: { kind: 'time', holdout: '4d' } },
    })
    const pooled = await train(loop, whole)
    const costOf = ({ fitted }: CycleResult) => fitted.find(({ name }) => name === 'logistic')?.evaluation.primary.value
    // One order in ten goes the other way, at 10 dollars each: 1000 per 1000 orders is the best there is.
    expect(costOf(training)).toBeLessThan(1500)
    expect(costOf(pooled)).toBeGreaterThan(4000)
  })

  test('registers how many segments and rows there are, and their models', async () => {
    expect(version.partition).toEqual({
      by: 'customer',
      segmentsDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      segments: customers,
      rows: models.reduce((sum, { rows }) => sum + rows, 0),
      pooledSegments: 1,
      pooledRows: 8,
    })
    expect(models.map(({ segment }) => segment)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5'])
    expect(models.every(({ rows }) => rows === 320)).toBe(true)
    expect(await modelCard(loop.workspace, version.id)).toContain(
      '6 segments of `customer` with a model of their own, learned from 1920 rows',
    )
    expect(told).toContain('logistic: 6 of 6 segments')
  })

  test('is judged by segment too', () => {
    const slices = version.evaluation.slices.filter(({ column }) => column === 'customer')
    expect(new Set(slices.map(({ group }) => group))).toEqual(new Set(['c0', 'c1', 'c2', 'c3', 'c4', 'c5']))
  })

  test('does not show the segment to its models', async () => {
    const model = await openStoredModel(loop.workspace, { onnxDigest: models[0]?.onnxDigest as string })
    expect(model.signature.inputs.map(({ name }) => name)).toEqual(['load', 'weight'])
    await model.release()
  })

  test('answers each request by the model of its segment, unknown and small ones by the pooled model', async () => {
    const asked = ['c0', 'c1', 'c2', 'rare', 'new', null].map((customer) => [customer, 0.8] as const)
    const serving = await openServing(loop.workspace)
    const rows = asked.map(([customer, load]) => ({ sent: '2001-01-21T00:00:00Z', customer, load, weight: 5 }))
    const { predictions } = await serving.predict({ system: 'orders', rows })
    await serving.close()
    const probabilityOf = ({ probability }: Prediction) => probability as number
    const alone: number[] = []
    for (const [place, [customer, load]] of asked.entries()) {
      const own = models.find(({ segment }) => segment === customer)
      const model = await openStoredModel(loop.workspace, { onnxDigest: own?.onnxDigest ?? version.onnxDigest })
      alone[place] = late(await model.predict(orders([[customer, load]])))[0] as number
      await model.release()
    }
    expect(predictions.map(probabilityOf)).toEqual(alone)
    expect(predictions.slice(0, 3).map(({ decision }) => decision)).toEqual(['true', 'false', 'true'])
  })

  test('survives that the store is closed and opened again', async () => {
    const asked = orders([
      ['c4', -0.5],
      ['c5', -0.5],
      ['rare', -0.5],
    ])
    const before = await openStoredModel(loop.workspace, version)
    const expected = await before.predict(asked)
    await before.release()
    const { folder, clock, ids } = loop.workspace
    const again = await openWorkspace({ folder, migrations: allMigrations, clock, ids, log: silentLog, threads: 1 })
    const [kept] = await versionsOf(again, 'orders')
    expect(kept).toEqual(version)
    const model = await openStoredModel(again, kept as ModelVersion)
    expect(await model.predict(asked)).toEqual(expected)
    await model.release()
    await again.close()
  })

  test('makes the same models from the same rows and seed, and others from another seed', async () => {
    const other = await openLoop()
    const trees = { candidates: [{ kind: 'boosted-trees', params: { rounds: 5, leaves: 2, rowShare: 0.5 } }] }
    const digests = async (seed: number, name: string) => {
      const { fitted } = await train(other, lateOrders({ ...trees, name, seed, evaluation: noGates }))
      return fitted.map(({ onnxDigest, partition, scoresDigest, evaluation }) => [
        onnxDigest,
        partition,
        scoresDigest,
        evaluation,
      ])
    }
    // A stump cannot tell customers apart and look at the load too, so that segments have models of their own.
    const first = await digests(1, 'first')
    expect(first).toMatchObject([[expect.any(String), { segments: customers }, expect.any(String), {}]])
    expect(await digests(1, 'second')).toEqual(first)
    expect(await digests(2, 'third')).not.toEqual(first)
    await other.close()
  })

  test('with folds judges each row by models that have not seen it, and makes the kept ones of all rows', async () => {
    const input = lateOrders({
      name: 'folds',
      evaluation: { split: { kind: 'k-fold', folds: 2 }, gates: [{ kind: 'beats', what: 'majority' }] },
    })
    const { passed, fitted } = await train(loop, input)
    expect(passed).toBe(true)
    const partition = fitted[1]?.partition
    expect(partition).toMatchObject({ segments: customers, rows: 2400, pooledSegments: 1, pooledRows: 10 })
    expect(fitted[1]?.evaluation.primary.value).toBeLessThan(1500)
  })

  test('tunes on all rows and takes the values found for every segment; a rule is the same in each', async () => {
    const input = lateOrders({
      name: 'tuned',
      evaluation: noGates,
      candidates: [
        { kind: 'rule', params: { sql: "customer = 'c0' and load > 0" } },
        { kind: 'logistic', tune: { trials: 2 } },
      ],
    })
    const { fitted } = await train(loop, input)
    expect(fitted.map(({ partition }) => partition?.segments ?? null)).toEqual([null, customers])
  })

  test('leaves every segment to the pooled model where none has enough rows', async () => {
    const { fitted } = await train(
      loop,
      lateOrders({ name: 'few', evaluation: noGates, partition: { by: 'customer', minRows: 1000 } }),
    )
    expect(fitted[1]?.partition).toMatchObject({ segments: 0, rows: 0, pooledSegments: 7, pooledRows: 1928 })
    expect(fitted[1]?.scoresDigest).toBeNull()
  })
})

const noGates: SystemInput['evaluation'] = { split: { kind: 'time', holdout: '4d' } }

describe('a partition that the rows do not allow', () => {
  let loop: TinyLoop
  beforeAll(async () => {
    loop = await openLoop()
  })
  afterAll(() => loop.close())

  test.each<[string, Partial<SystemInput>, string, string]>([
    [
      'by a column that is not there',
      { partition: { by: 'client' } },
      'loop/noPartitionColumn',
      "by 'client': the dataset has no such column; its inputs are 'customer', 'load', 'weight'",
    ],
    [
      'by a column that is no input',
      {
        dataset: { sql: "select sent, customer, load, late, 'a' as outcome from orders", history: [outcomeHistory()] },
        partition: { by: 'outcome' },
      },
      'loop/noPartitionColumn',
      'that column of the dataset is no input',
    ],
    [
      'by numbers',
      { partition: { by: 'load' } },
      'loop/partitionNotText',
      'the column is numeric, a segment is named by a text',
    ],
    [
      'into too many segments',
      { partition: { by: 'customer', minRows: 100, maxSegments: 5 } },
      'loop/tooManySegments',
      '6 segments have 100 rows or more, at most 5 models are made',
    ],
  ])('is refused before anything is trained: %s', async (name, change, code, message) => {
    const input = lateOrders({ name: name.replaceAll(' ', '-'), ...change })
    await expect(train(loop, input)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(await versionsOf(loop.workspace, input.name)).toEqual([])
  })
})

/** What a history reads is an outcome, so it is left out of the inputs. */
function outcomeHistory(): NonNullable<SystemInput['dataset']['history']>[number] {
  return { name: 'past', of: 'outcome', by: ['customer'], over: ['7d'], aggregate: 'count' }
}
