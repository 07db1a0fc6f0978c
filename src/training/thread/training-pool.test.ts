import { afterAll, describe, expect, test } from 'vitest'
import { openModel, type Field } from '#model'
import { numberColumn, seededRandom, stringColumn } from '#platform'
import type { PartOutcome, TrainingData, TrainingOrder, TrainingProgress } from '../schema.ts'
import { takeTrainingRows } from '../training-rows.ts'
import { fireFlag, flagSignal } from './flag-signal.ts'
import { shareTrainingData } from './share-training-data.ts'
import { openTrainingPool, trainCandidate } from './training-pool.ts'
import { turns } from './turns.ts'

const data = hourlyData(5000)
const order: TrainingOrder = { kind: 'seasonal-naive', seed: 1 }
/** Tries every combination on all rows: seconds of work, with a look at the signal after each. */
const longOrder: TrainingOrder = { ...order, tune: { trials: 9 } }

const pools = [openTrainingPool({ threads: 2 })]
const pool = pools[0] as (typeof pools)[number]
afterAll(() => Promise.all(pools.map((one) => one.close())))

describe('trainCandidate()', () => {
  test('gives the same candidate from a thread as in place', async () => {
    const inThread = await trainCandidate(data, order)
    const inPlace = await trainCandidate(data, order, { inThread: false })
    const { seconds, cpuMs, ...facts } = inThread
    expect(inPlace).toMatchObject(facts)
    expect(Buffer.compare(inThread.onnx, inPlace.onnx)).toBe(0)
    expect(seconds).toBeGreaterThanOrEqual(0)
    expect(cpuMs).toBeGreaterThan(0)
    expect(inThread).toMatchObject({
      kind: 'seasonal-naive',
      params: { season: 'hour-of-week', input: '', smoothing: 1 },
      signature: { task: 'binary', classes: ['no', 'yes'], inputs: data.inputs },
      rows: 5000,
      seed: 1,
      warnings: [],
    })
  })

  test('gives a model that scores', async () => {
    const { onnx } = await trainCandidate(data, { kind: 'rule', params: { sql: "city = 'a' and x > 0" }, seed: 1 })
    const model = await openModel(onnx)
    const scores = await model.predict(data.table)
    expect(scores).toMatchObject({ kind: 'classes', classes: ['no', 'yes'] })
    await model.release()
  })

  test('tunes in the thread, with the trials and the values found', async () => {
    const progress: TrainingProgress[] = []
    const found = await trainCandidate(
      data,
      { ...order, tune: { trials: 4 } },
      { onProgress: (step) => progress.push(step) },
    )
    expect(found.trials?.length).toBeGreaterThanOrEqual(4)
    expect(progress).toHaveLength(found.trials?.length ?? 0)
    expect(progress.at(-1)).toMatchObject({ done: progress.length, unit: 'trials', loss: expect.any(Number) })
    const last = found.trials?.filter(({ rung }) => rung === 1) ?? []
    const best = last.toSorted((a, b) => (a.loss ?? Infinity) - (b.loss ?? Infinity))[0]
    expect(found.params).toEqual(best?.params)
  })

  test('leaves the data of the caller as it was', async () => {
    const before = structuredClone(data)
    await Promise.all([pool.train(data, order), pool.train(data, order), pool.train(data, { ...order, seed: 2 })])
    expect(data).toEqual(before)
  })

  test('passes a failure on with code, status and remedy', async () => {
    const failed = pool.train(data, { kind: 'rule', params: { sql: 'y > 0' }, seed: 1 })
    await expect(failed).rejects.toMatchObject({
      name: 'Failure',
      code: 'training/ruleColumn',
      status: 422,
      remedy: expect.stringContaining('Correct the name'),
      details: { at: 0 },
    })
  })

  test('passes a bug on as it was thrown', async () => {
    const broken = { ...data, weights: new Float64Array(3) }
    await expect(pool.train(broken, order)).rejects.toThrow(
      new RangeError('Cannot train: the table has 5000 rows, weights 3'),
    )
  })

  test('says so when the thread runs out of memory', async () => {
    const small = openTrainingPool({ memoryMb: 8 })
    pools.push(small)
    await expect(small.train(data, order)).rejects.toMatchObject({ code: 'training/outOfMemory', status: 507 })
  })
})

describe('trainParts()', () => {
  const parts = Array.from({ length: 30 }, (_, part) => ({
    name: `part ${part}`,
    seed: `seed/${part}`,
    // The first part is of one class, so nothing can be learned from it.
    places: Int32Array.from({ length: data.table.rowCount }, (_, row) => row).filter(
      (row) => row % 30 === part && (part > 0 || (data.target as { labels: Int32Array }).labels[row] === 1),
    ),
  }))
  const logistic = { kind: 'logistic' }
  const bytesOf = (outcomes: readonly PartOutcome[]) =>
    outcomes.map(({ trained }) => trained && Buffer.from(trained.onnx).toString('base64'))

  test('makes of each part what that part makes alone, however they are spread over threads', async () => {
    const many = openTrainingPool({ threads: 3 })
    pools.push(many)
    const progress: TrainingProgress[] = []
    const outcomes = await many.trainParts(data, logistic, { parts, onProgress: (step) => progress.push(step) })
    expect(outcomes.map(({ name }) => name)).toEqual(parts.map(({ name }) => name))
    expect(progress.map(({ done }) => done)).toEqual(parts.map((_, place) => place + 1))
    expect(progress.at(-1)).toEqual({ done: 30, of: 30, unit: 'parts' })
    const last = parts.at(-1) as (typeof parts)[number]
    const alone = await pool.train(takeTrainingRows(data, last.places), { ...logistic, seed: last.seed })
    expect(Buffer.compare(outcomes.at(-1)?.trained?.onnx as Uint8Array, alone.onnx)).toBe(0)
    const backwards = await pool.trainParts(data, logistic, { parts: parts.toReversed(), inThread: false })
    expect(bytesOf(backwards).toReversed()).toEqual(bytesOf(outcomes))
  })

  test('refuses the parts that nothing can be learned from, and trains the others', async () => {
    const outcomes = await pool.trainParts(data, logistic, { parts })
    expect(outcomes.filter(({ trained }) => trained === null)).toEqual([
      { name: 'part 0', trained: null, refused: "Cannot train 'logistic': every row is 'yes'" },
    ])
  })

  test('of no parts makes nothing', async () => {
    expect(await pool.trainParts(data, logistic, { parts: [] })).toEqual([])
  })

  test('stops between two parts', async () => {
    const controller = new AbortController()
    const training = pool.trainParts(data, logistic, {
      parts: Array.from({ length: 200 }, (_, copy) => ({ ...(parts[1] as (typeof parts)[number]), name: `${copy}` })),
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('no longer wanted')),
    })
    await expect(training).rejects.toMatchObject({ code: 'training/cancelled' })
  })
})

describe('cancelling', () => {
  test('stops a training that looks at its signal', async () => {
    const large = hourlyData(400_000)
    const controller = new AbortController()
    const training = pool.train(large, longOrder, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('no longer wanted')),
    })
    await expect(training).rejects.toMatchObject({
      code: 'training/cancelled',
      message: "Cannot finish training 'seasonal-naive': it was cancelled",
      cause: expect.objectContaining({ message: 'no longer wanted' }),
    })
  })

  test('frees its caller at the end of the grace, and ends a thread that never looks', async () => {
    const impatient = openTrainingPool({ graceMs: 100, muteMs: 200 })
    const rowCount = 3_000_000
    const values = Float64Array.from({ length: rowCount }, (_, row) => (row * 7919) % rowCount)
    const table = { rowCount, columns: { x: { kind: 'number', values } } } as const
    const inputs = [{ name: 'x', type: 'numeric' }] as const
    // One long sort, without a look at the signal.
    const median: TrainingOrder = { kind: 'mean', params: { statistic: 'median' }, seed: 1 }
    const controller = new AbortController()
    const training = impatient.train(
      { task: 'regression', inputs, table, target: { kind: 'numbers', values } },
      median,
      { signal: controller.signal },
    )
    setTimeout(() => controller.abort(), 800)
    await expect(training).rejects.toMatchObject({ code: 'training/cancelled' })
    await impatient.close()
  })

  test('leaves the process alive while DuckDB and onnxruntime work', async () => {
    const hasty = openTrainingPool({ graceMs: 100 })
    pools.push(hasty)
    const orders: TrainingOrder[] = [
      { kind: 'rule', params: { sql: "x > 0.5 or city ilike '%k%'" }, seed: 1 },
      { kind: 'boosted-trees', seed: 1 },
      { kind: 'logistic', seed: 1 },
    ]
    const texts = textData(100_000)
    for (const [place, order] of [...orders, ...orders].entries()) {
      const signal = AbortSignal.timeout(350 + place * 60)
      await expect(hasty.train(texts, order, { signal })).rejects.toMatchObject({ code: 'training/cancelled' })
    }
  })

  test('stops before it starts, and while it waits its turn', async () => {
    const single = openTrainingPool({ threads: 1 })
    pools.push(single)
    await expect(single.train(data, order, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'training/cancelled',
    })
    const controller = new AbortController()
    const first = single.train(data, order)
    const waiting = single.train(data, order, { signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'training/cancelled' })
    await expect(first).resolves.toMatchObject({ rows: 5000 })
  })

  test('close() cancels what trains and refuses what comes', async () => {
    const closing = openTrainingPool({ threads: 1 })
    const trainings = [closing.train(data, order), closing.train(data, order)].map((training) =>
      expect(training).rejects.toMatchObject({ code: 'training/cancelled' }),
    )
    await closing.close()
    await Promise.all(trainings)
    await expect(closing.train(data, order)).rejects.toMatchObject({ code: 'training/cancelled' })
  })
})

describe('turns()', () => {
  test('lets so many at once, in order, and goes on after an error', async () => {
    const queue = turns(2)
    const { signal } = new AbortController()
    const done: number[] = []
    const work = (outcome: Promise<void>) => ({ outcome, ended: outcome.catch(() => undefined) })
    let most = 0
    let now = 0
    const steps = async (place: number): Promise<void> => {
      most = Math.max(most, ++now)
      await new Promise(setImmediate)
      now--
      done.push(place)
      if (place === 1) throw new Error('one fails')
    }
    const all = await Promise.allSettled(
      [0, 1, 2, 3, 4, 5].map((place) => queue.take(signal, () => work(steps(place)))),
    )
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', ...Array(4).fill('fulfilled')])
    expect([done, most]).toEqual([[0, 1, 2, 3, 4, 5], 2])
  })
})

describe('flagSignal()', () => {
  test('is seen at once, without a turn of the event loop', () => {
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const signal = flagSignal(flag)
    let events = 0
    signal.addEventListener('abort', () => events++)
    expect(signal.aborted).toBe(false)
    expect(() => signal.throwIfAborted()).not.toThrow()
    fireFlag(flag)
    expect(signal.aborted).toBe(true)
    expect(() => signal.throwIfAborted()).toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect(events).toBe(1)
  })
})

describe('shareTrainingData()', () => {
  test('copies once, and not at all what is shared', () => {
    const shared = shareTrainingData(data)
    expect(shared).toEqual(data)
    expect(shareTrainingData(data).table.columns['x']).toEqual(shared.table.columns['x'])
    const arrays = (of: TrainingData): unknown[] => [
      ...Object.values(of.table.columns).map((column) => (column.kind === 'number' ? column.values : column.codes)),
      of.target.kind === 'classes' ? of.target.labels : of.target.values,
    ]
    for (const again of [shareTrainingData(data), shareTrainingData(shared)])
      expect(arrays(again).every((array, place) => array === arrays(shared)[place])).toBe(true)
  })
})

function textData(rowCount: number): TrainingData {
  const data = hourlyData(rowCount)
  const dictionary = Array.from({ length: rowCount }, (_, row) => `some words ${row} and ${row % 977} more`)
  const city = { kind: 'string', codes: Int32Array.from({ length: rowCount }, (_, row) => row), dictionary } as const
  return {
    ...data,
    inputs: [data.inputs[0] as Field, { name: 'city', type: 'text' }],
    table: { rowCount, columns: { ...data.table.columns, city } },
  }
}

function hourlyData(rowCount: number): TrainingData {
  const random = seededRandom('pool')
  const rows = Array.from({ length: rowCount }, (_, row) => row)
  return {
    task: 'binary',
    inputs: [
      { name: 'x', type: 'numeric' },
      { name: 'at', type: 'timestamp' },
      { name: 'city', type: 'categorical' },
    ],
    table: {
      rowCount,
      columns: {
        x: numberColumn(rows.map(() => random.normal())),
        at: numberColumn(rows.map((row) => row * 3_600_000)),
        city: stringColumn(rows.map(() => ['a', 'b', null][random.int(3)])),
      },
    },
    target: {
      kind: 'classes',
      classes: ['no', 'yes'],
      labels: Int32Array.from(rows, (row) => Number(random.next() < (row % 24) / 24)),
    },
  }
}
