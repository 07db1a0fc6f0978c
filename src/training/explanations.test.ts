import { describe, expect, test } from 'vitest'
import { openExplainer, openModel, type Explanation, type Field, type Task } from '#model'
import { numberColumn, seededRandom, stringColumn, takeRows, type Table } from '#platform'
import type { Target, TrainingData } from './schema.ts'
import { trainerParameters } from './trainer-parameters.ts'
import { trainerOf, trainers } from './trainers.ts'

const inputs: readonly Field[] = [
  { name: 'amount', type: 'numeric' },
  { name: 'urgent', type: 'boolean' },
  { name: 'city', type: 'categorical' },
  { name: 'at', type: 'timestamp' },
  { name: 'note', type: 'text' },
  { name: 'noise', type: 'categorical' },
  { name: 'empty', type: 'numeric' },
]
const kinds = ['linear', 'logistic', 'boosted-trees']
const cases = trainers
  .filter(({ kind }) => kinds.includes(kind))
  .flatMap(({ kind, tasks }) => tasks.map((task) => [kind, task] as const))

const training = makeTable({ rowCount: 600, isNew: false })
const later = makeTable({ rowCount: 300, isNew: true })

describe.each(cases)('the file of %s for %s', (kind, task) => {
  test('explains each score to 1e-6, of rows with missing values and unseen categories too', async () => {
    for (const weights of [undefined, Float64Array.from({ length: training.rowCount }, (_, row) => row % 3)]) {
      const onnx = await fit(kind, { ...dataOf(task), ...(weights && { weights }) })
      for (const table of [training, later]) {
        const explanation = await explain(onnx, table)
        expect(greatestGap(explanation)).toBeLessThan(1e-6)
        expect(await greatestBend(onnx, { table, explanation })).toBeLessThan(1e-6)
      }
    }
  })

  test('gives nothing to an input that says nothing, and the same for a row in whatever company', async () => {
    const onnx = await fit(kind, dataOf(task))
    const all = await explain(onnx, later)
    const width = inputs.length * all.base.length
    for (let at = inputs.length - 1; at < all.contributions.length; at += inputs.length)
      expect(all.contributions[at]).toBe(0)
    const one = await explain(onnx, takeRows(later, [17]))
    expect(one.contributions).toEqual(all.contributions.slice(17 * width, 18 * width))
  })

  test('explains the constant of a model that learned nothing', async () => {
    const onnx = await fit(kind, { ...dataOf(task), table: takeRows(training, [1, 2]), target: firstTwo(task) })
    const explanation = await explain(onnx, later)
    expect(greatestGap(explanation)).toBeLessThan(1e-6)
  })
})

test('the contributions of a linear model are coefficients times centred values', async () => {
  const x = [1, 2, 3, 4, 10]
  const z = [0, 1, 0, 1, 0]
  const table = { rowCount: 5, columns: { x: numberColumn(x), z: numberColumn(z) } }
  const fields: readonly Field[] = [
    { name: 'x', type: 'numeric' },
    { name: 'z', type: 'boolean' },
  ]
  const values = Float64Array.from(x, (value, row) => 3 * value - 7 * (z[row] as number) + 2)
  const data: TrainingData = { task: 'regression', inputs: fields, table, target: { kind: 'numbers', values } }
  const { base, contributions, outputs, scale } = await explain(await fit('linear', data, { l2: 0 }), table)
  expect({ outputs, scale }).toEqual({ outputs: [null], scale: 'value' })
  expect(base[0]).toBeCloseTo(3 * 4 - 7 * 0.4 + 2, 4)
  x.forEach((value, row) => {
    expect(contributions[2 * row]).toBeCloseTo(3 * (value - 4), 4)
    expect(contributions[2 * row + 1]).toBeCloseTo(-7 * ((z[row] as number) - 0.4), 4)
  })
})

test('the mean of the contributions over the training rows is nothing, for a linear model', async () => {
  const { contributions } = await explain(await fit('linear', dataOf('regression')), training)
  inputs.forEach((_, input) => {
    let sum = 0
    for (let at = input; at < contributions.length; at += inputs.length) sum += contributions[at] as number
    expect(sum / training.rowCount).toBeCloseTo(0, 9)
  })
})

test('the contributions of trees to two inputs that do the same are the same', async () => {
  // Each of four kinds of rows as often: y = 10 (a and b), so that one tree of four leaves is all of it.
  const row = { length: 80 }
  const a = Array.from(row, (_, i) => i % 2)
  const b = Array.from(row, (_, i) => (i >> 1) % 2)
  const table = { rowCount: 80, columns: { a: numberColumn(a), b: numberColumn(b) } }
  const fields: readonly Field[] = [
    { name: 'a', type: 'numeric' },
    { name: 'b', type: 'numeric' },
  ]
  const values = Float64Array.from(a, (value, i) => 10 * value * (b[i] as number))
  const data: TrainingData = { task: 'regression', inputs: fields, table, target: { kind: 'numbers', values } }
  const onnx = await fit('boosted-trees', data, { rounds: 1, learningRate: 1, leaves: 4, minLeafRows: 1 })
  const { base, scores, contributions } = await explain(onnx, table)
  expect(base[0]).toBeCloseTo(2.5, 12)
  expect(scores[3]).toBeCloseTo(10, 12)
  expect(contributions[6]).toBeCloseTo(3.75, 12)
  expect(contributions[7]).toBeCloseTo(3.75, 12)
})

test.each(trainers.filter(({ kind }) => !kinds.includes(kind)).map(({ kind }) => kind))(
  'the file of %s says that it has no contributions, and which candidates have',
  async (kind) => {
    const task = trainerOf(kind).tasks[0] as Task
    const params = { rule: { sql: 'amount > 0' }, 'seasonal-naive': { input: 'at' } }[kind]
    await expect(explain(await fit(kind, dataOf(task), params), later)).rejects.toMatchObject({
      code: 'model/unexplainable',
      status: 422,
      remedy: expect.stringContaining('linear, logistic or boosted-trees') as string,
    })
  },
)

function fit(kind: string, data: TrainingData, params: Record<string, unknown> = {}): Promise<Uint8Array> {
  const trainer = trainerOf(kind)
  const few = kind === 'boosted-trees' ? { rounds: 20, ...params } : params
  return trainer.fit(data, trainerParameters(trainer, few), { random: seededRandom(1) }).then(({ onnx }) => onnx)
}

async function explain(onnx: Uint8Array, table: Table): Promise<Explanation> {
  const explainer = await openExplainer(onnx)
  try {
    return await explainer.explain(table)
  } finally {
    await explainer.release()
  }
}

/** Largest |base + contributions − score|. */
function greatestGap({ base, scores, contributions, inputs: names }: Explanation): number {
  return scores.reduce((most, score, at) => {
    const own = contributions.subarray(at * names.length, (at + 1) * names.length)
    return Math.max(most, Math.abs(own.reduce((sum, value) => sum + value, base[at % base.length] as number) - score))
  }, 0)
}

/** Largest difference of what the scores mean from what the model answers, whose numbers are float32. */
async function greatestBend(
  onnx: Uint8Array,
  { table, explanation }: { readonly table: Table; readonly explanation: Explanation },
): Promise<number> {
  const model = await openModel(onnx)
  const answers = await model.predict(table)
  await model.release()
  const { scores, base } = explanation
  const expected = Array.from(answers.kind === 'numbers' ? answers.values : answers.probabilities)
  const width = answers.kind === 'numbers' ? 1 : answers.classes.length
  const meant = (at: number): number => {
    const row = Math.floor(at / width)
    if (answers.kind === 'numbers') return Math.fround(scores[row] as number)
    if (base.length === 1) return 1 / (1 + Math.exp((at % 2 === 1 ? -1 : 1) * (scores[row] as number)))
    const own = scores.subarray(row * width, (row + 1) * width)
    return Math.exp(scores[at] as number) / own.reduce((sum, score) => sum + Math.exp(score), 0)
  }
  return expected.reduce((most, value, at) => Math.max(most, Math.abs(value - meant(at))), 0)
}

/** Rows of every type of column, a fifth of the values missing; new ones have cities and words never seen. */
function makeTable({ rowCount, isNew }: { readonly rowCount: number; readonly isNew: boolean }): Table {
  const random = seededRandom(String(isNew))
  const cells = <T>(make: () => T): (T | null)[] =>
    Array.from({ length: rowCount }, () => (random.int(5) === 0 ? null : make()))
  const pick = (of: readonly string[]) => (): string => of[random.int(of.length)] as string
  const words = ['late', 'refund', 'card', 'thanks', ...(isNew ? ['unheard'] : [])]
  return {
    rowCount,
    columns: {
      amount: numberColumn(cells(() => random.normal() * 100)),
      urgent: numberColumn(cells(() => random.int(2))),
      city: stringColumn(cells(pick(['Oslo', 'Paris', 'Rome', 'Lima', 'Bern', 'Kyiv', ...(isNew ? ['Nowhere'] : [])]))),
      at: numberColumn(cells(() => 1e12 + random.int(1e9) * 40)),
      note: stringColumn(cells(() => [pick(words)(), pick(words)(), pick(words)()].join(' '))),
      noise: stringColumn(cells(pick(['a', 'b']))),
      empty: numberColumn(new Float64Array(rowCount).fill(NaN)),
    },
  }
}

function dataOf(task: Task): TrainingData {
  const { amount, city, note } = training.columns
  const effect = Array.from({ length: training.rowCount }, (_, row) => {
    const number = amount?.kind === 'number' ? (amount.values[row] as number) : 0
    const text = note?.kind === 'string' ? (note.dictionary[note.codes[row] as number] ?? '') : ''
    const place = city?.kind === 'string' ? (city.codes[row] as number) : 0
    return (Number.isNaN(number) ? 50 : number) + 40 * place + (text.includes('late') ? 60 : 0)
  })
  return { task, inputs, table: training, target: targetOf(task, effect) }
}

function targetOf(task: Task, effect: readonly number[]): Target {
  if (task === 'regression') return { kind: 'numbers', values: Float64Array.from(effect, (value) => 1e4 + 100 * value) }
  const classes = task === 'binary' ? ['no', 'yes'] : ['low', 'middle', 'high']
  return {
    kind: 'classes',
    classes,
    labels: Int32Array.from(effect, (value) => Math.min(classes.length - 1, Math.max(0, Math.floor(value / 100)))),
  }
}

const firstTwo = (task: Task): Target => targetOf(task, [1, 201])
