import { describe, expect, test } from 'vitest'
import { openModel } from '#model'
import type { Field, Scores, Task } from '#model'
import { numberColumn, seededRandom, stringColumn } from '#platform'
import type { Table } from '#platform'
import type { FittedModel, Target, TrainingData } from '../schema.ts'
import { linearDefaults } from './linear-parameters.ts'
import { linearTrainer } from './linear-trainer.ts'
import { logisticTrainer } from './logistic-trainer.ts'

const inputs: readonly Field[] = [
  { name: 'distance', type: 'numeric' },
  { name: 'full', type: 'boolean' },
  { name: 'at', type: 'timestamp' },
  { name: 'origin', type: 'categorical' },
  { name: 'note', type: 'text' },
  { name: 'empty', type: 'numeric' },
]
const context = { random: seededRandom(1) }

describe.each<[Task, string]>([
  ['binary', 'logistic'],
  ['multiclass', 'logistic'],
  ['regression', 'linear'],
])('a %s model of the %s trainer', (task) => {
  test('predicts with its file as with its own code, missing and unseen values included', async () => {
    const fitted = await fit(dataOf(task, 400))
    const model = await openModel(fitted.onnx)
    const table = tableOf(20_000, { isOdd: true })
    const own = valuesOf(fitted.predict(table))
    const found = valuesOf(await model.predict(table))
    await model.release()
    expect(model.signature).toMatchObject({ task, inputs })
    expect(found.length).toBe(own.length)
    let most = 0
    for (let i = 0; i < own.length; i++)
      most = Math.max(
        most,
        Math.abs((own[i] as number) - (found[i] as number)) / Math.max(1, Math.abs(own[i] as number)),
      )
    expect(most).toBeLessThan(1e-6)
  })

  test('learns what the columns say', async () => {
    const train = dataOf(task, 3000)
    const fitted = await fit(train)
    const test = dataOf(task, 1000, 'test')
    expect(loss(fitted.predict(test.table), test.target)).toBeLessThan(
      0.7 * loss(constantScores(train, 1000), test.target),
    )
    expect(fitted.importance.map(({ input }) => input).sort()).toEqual(inputs.map(({ name }) => name).sort())
    expect(fitted.importance.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
    expect(fitted.importance.at(-1)).toEqual({ input: 'empty', share: 0 })
    expect(fitted.facts).toMatchObject({ hasConverged: true, features: expect.any(Number), loss: expect.any(Number) })
  })

  test('is the same, byte for byte, when it is trained again', async () => {
    const [first, second] = [await fit(dataOf(task, 300)), await fit(dataOf(task, 300))]
    expect(Buffer.from(first.onnx).equals(Buffer.from(second.onnx))).toBe(true)
  })

  test('does not listen to a row of weight zero', async () => {
    const data = dataOf(task, 200)
    const weights = Float64Array.from({ length: 200 }, (_, row) => (row % 4 === 0 ? 0 : 2))
    const spoilt = <T extends Float64Array | Int32Array>(values: T): T => {
      const copy = values.slice() as T
      for (let row = 0; row < copy.length; row += 4) copy[row] = row % 8 === 0 ? 1 : 0
      return copy
    }
    const { target } = data
    const other: Target =
      target.kind === 'classes'
        ? { ...target, labels: spoilt(target.labels) }
        : { ...target, values: spoilt(target.values) }
    const [clean, dirty] = [await fit({ ...data, weights }), await fit({ ...data, weights, target: other })]
    expect(valuesOf(dirty.predict(data.table))).toEqual(valuesOf(clean.predict(data.table)))
    expect(valuesOf(clean.predict(data.table))).not.toEqual(valuesOf((await fit(data)).predict(data.table)))
  })
})

describe('logisticTrainer', () => {
  test('refuses a target of numbers', async () => {
    const data = dataOf('regression', 20)
    await expect(logisticTrainer.fit(data, linearDefaults, context)).rejects.toThrow(TypeError)
  })

  test('gives every class a column, one without rows included', async () => {
    const data = dataOf('multiclass', 300)
    const target = { ...data.target, classes: ['low', 'middle', 'high', 'never'] } as Target
    const fitted = await fit({ ...data, target })
    const model = await openModel(fitted.onnx)
    const scores = await model.predict(tableOf(10))
    await model.release()
    const probabilities = valuesOf(scores)
    expect(probabilities).toHaveLength(40)
    for (let row = 0; row < 10; row++) expect(probabilities[row * 4 + 3]).toBeLessThan(0.01)
  })

  test('reports its iterations', async () => {
    const done: number[] = []
    const data = dataOf('binary', 200)
    const fitted = await logisticTrainer.fit(data, linearDefaults, {
      ...context,
      onProgress: (progress) => done.push(progress.done),
    })
    expect(done.at(-1)).toBe(fitted.facts['iterations'])
    expect(done).toEqual(done.map((_, i) => i + 1))
  })
})

test('linearTrainer recovers a line', async () => {
  const x = Array.from({ length: 50 }, (_, i) => i)
  const data: TrainingData = {
    task: 'regression',
    inputs: [{ name: 'x', type: 'numeric' }],
    table: { rowCount: 50, columns: { x: numberColumn(x) } },
    target: { kind: 'numbers', values: Float64Array.from(x, (value) => 3e6 + 2e5 * value) },
  }
  const fitted = await linearTrainer.fit(data, { ...linearDefaults, l2: 0, tolerance: 1e-9 }, context)
  const scores = valuesOf(fitted.predict({ rowCount: 2, columns: { x: numberColumn([-10, 100]) } }))
  expect(Array.from(scores)).toEqual([1e6, 23e6].map((value) => expect.closeTo(value, 0) as number))
})

const fit = (data: TrainingData, parameters: Partial<typeof linearDefaults> = {}): Promise<FittedModel> =>
  (data.task === 'regression' ? linearTrainer : logisticTrainer).fit(
    data,
    { ...linearDefaults, ...parameters },
    context,
  )

/** Rows whose target depends on every column; with `isOdd` also values that were not there in training. */
function tableOf(rowCount: number, { isOdd = false, seed = 'train' } = {}): Table {
  const random = seededRandom(seed)
  const rows = Array.from({ length: rowCount }, () => {
    const isMissing = random.next() < 0.1
    const isStrange = isOdd && random.next() < 0.1
    return { isMissing, isStrange, random: [random.next(), random.next(), random.next(), random.next()] as const }
  })
  const origins = ['OSL', 'CDG', 'JFK', 'once']
  const words = ['late', 'on time', 'very late', 'Été']
  return {
    rowCount,
    columns: {
      distance: numberColumn(
        rows.map(({ isMissing, isStrange, random: [a] }) => (isMissing ? null : isStrange ? 1e30 * a : 1000 * a)),
      ),
      full: numberColumn(rows.map(({ isMissing, random: [, b] }) => (isMissing ? null : b < 0.5))),
      at: numberColumn(rows.map(({ isStrange, random: [, , c] }) => (isStrange ? null : 1e12 + 1e9 * c))),
      origin: stringColumn(
        rows.map(({ isStrange, random: [, , , d] }) => (isStrange ? 'unseen' : origins[Math.floor(d * 3.02)])),
      ),
      note: stringColumn(
        rows.map(({ isMissing, isStrange, random: [a, b] }) =>
          isMissing ? null : isStrange ? 'ÉTÉ, unseen \0 late' : words[Math.floor(a * 2 + b * 2)],
        ),
      ),
      empty: numberColumn(rows.map(() => null)),
    },
  }
}

function dataOf(task: Task, rowCount: number, seed = 'train'): TrainingData {
  const table = tableOf(rowCount, { seed })
  const noise = seededRandom(`${seed} noise`)
  const value = (name: string, row: number): number => {
    const column = table.columns[name]
    return column?.kind === 'number' ? (column.values[row] as number) : (column?.codes[row] ?? 0)
  }
  const signal = Float64Array.from({ length: rowCount }, (_, row) => {
    const distance = value('distance', row)
    const isLate = ['late', 'very late'].includes(textAt(table, 'note', row))
    const isOslo = textAt(table, 'origin', row) === 'OSL'
    const day = (value('at', row) - 1e12) / 1e9
    return (
      (Number.isNaN(distance) ? 2 : distance / 500) +
      (value('full', row) || 0) +
      day +
      (isLate ? 2 : 0) +
      (isOslo ? 1.5 : 0) +
      0.3 * noise.normal()
    )
  })
  const labels = (edges: readonly number[]): Int32Array =>
    Int32Array.from(signal, (value) => edges.filter((edge) => value > edge).length)
  const target: Target =
    task === 'regression'
      ? { kind: 'numbers', values: signal.map((value) => 1000 * value) }
      : task === 'binary'
        ? { kind: 'classes', classes: ['no', 'yes'], labels: labels([3.5]) }
        : { kind: 'classes', classes: ['low', 'middle', 'high'], labels: labels([2.5, 4.5]) }
  return { task, inputs, table, target }
}

function textAt(table: Table, name: string, row: number): string {
  const column = table.columns[name]
  return column?.kind === 'string' ? (column.dictionary[column.codes[row] as number] ?? '') : ''
}

const valuesOf = (scores: Scores) => (scores.kind === 'classes' ? scores.probabilities : scores.values)

/** What a model without inputs would answer. */
function constantScores({ target }: TrainingData, rowCount: number): Scores {
  if (target.kind === 'numbers') {
    const mean = target.values.reduce((sum, value) => sum + value, 0) / target.values.length
    return { kind: 'numbers', values: new Float64Array(rowCount).fill(mean) }
  }
  const { classes, labels } = target
  const shares = classes.map((_, place) => labels.filter((label) => label === place).length / labels.length)
  const probabilities = Float64Array.from(
    { length: rowCount * classes.length },
    (_, i) => shares[i % classes.length] as number,
  )
  return { kind: 'classes', classes, probabilities }
}

/** Mean log loss or squared error. */
function loss(scores: Scores, target: Target): number {
  if (scores.kind === 'numbers' && target.kind === 'numbers')
    return (
      target.values.reduce((sum, value, row) => sum + (value - (scores.values[row] as number)) ** 2, 0) /
      target.values.length
    )
  if (scores.kind !== 'classes' || target.kind !== 'classes')
    throw new TypeError('Cannot compare scores of another kind')
  const width = scores.classes.length
  const losses = Array.from(
    target.labels,
    (label, row) => -Math.log(scores.probabilities[row * width + label] as number),
  )
  return losses.reduce((sum, value) => sum + value, 0) / losses.length
}
