import { expect, test } from 'vitest'
import { openModel } from '#model'
import type { Field } from '#model'
import { numberColumn, seededRandom, stringColumn } from '#platform'
import type { Table } from '#platform'
import { largestDifference } from '../largest-difference.ts'
import type { Target, TrainingData } from '../schema.ts'
import { boostedTreesTrainer } from './boosted-trees-trainer.ts'

const inputs: readonly Field[] = [
  { name: 'amount', type: 'numeric' },
  { name: 'urgent', type: 'boolean' },
  { name: 'city', type: 'categorical' },
  { name: 'at', type: 'timestamp' },
  { name: 'note', type: 'text' },
  { name: 'nothing', type: 'numeric' },
]

const words = ['late', 'Refund', 'card', 'thanks', 'LOST', 'train', 'étage', 'ok', 'never', 'again']

/** Rows of every type of column, a fifth of the values missing; `cities` decides which categories there are. */
function rowsOf(count: number, { seed, cities }: { readonly seed: number; readonly cities: readonly string[] }): Table {
  const random = seededRandom(seed)
  const rows = Array.from({ length: count }, (_, row) => row)
  const orNull = <T>(make: () => T) => rows.map(() => (random.int(5) ? make() : null))
  return {
    rowCount: count,
    columns: {
      amount: numberColumn(orNull(() => Math.exp(3 * random.normal()))),
      urgent: numberColumn(orNull(() => random.int(2))),
      city: stringColumn(orNull(() => (random.int(9) ? (cities[random.int(cities.length)] as string) : ''))),
      at: numberColumn(orNull(() => Date.UTC(1995, 0, 1) + random.next() * 9e11)),
      note: stringColumn(orNull(() => Array.from({ length: random.int(6) }, () => words[random.int(10)]).join(' '))),
      nothing: numberColumn(rows.map(() => null)),
    },
  }
}

const cities = Array.from({ length: 30 }, (_, i) => `city ${i % 7 ? i : `é${i}`}`)
const table = rowsOf(1500, { seed: 1, cities })
/** Rows with categories that were not there in training, half of them with the empty text for missing. */
const later = rowsOf(1500, { seed: 2, cities: [...cities.slice(10), 'Atlantis', 'a\0b', '\uD800'] })

/** A number that depends on every input. */
function effectOf({ columns, rowCount }: Table): Float64Array {
  const numbers = (name: string) =>
    columns[name]?.kind === 'number' ? columns[name].values : new Float64Array(rowCount)
  const note = columns['note'] as Extract<(typeof columns)[string], { kind: 'string' }>
  const city = columns['city'] as typeof note
  return Float64Array.from({ length: rowCount }, (_, row) => {
    const amount = Math.log(numbers('amount')[row] as number)
    const hour = new Date(numbers('at')[row] as number).getUTCHours()
    const text = note.dictionary[note.codes[row] as number] ?? ''
    const place = cities.indexOf(city.dictionary[city.codes[row] as number] ?? '')
    return (
      (amount || 2) +
      2 * (numbers('urgent')[row] || 0) +
      (hour > 12 ? 2 : 0) +
      (text.includes('LOST') ? 3 : 0) +
      (place % 5)
    )
  })
}

const effect = effectOf(table)
const targets: Record<TrainingData['task'], Target> = {
  regression: { kind: 'numbers', values: effect.map((value) => 1000 * value) },
  binary: { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.from(effect, (value) => Number(value > 4)) },
  multiclass: {
    kind: 'classes',
    classes: ['a', 'b', 'c'],
    labels: Int32Array.from(effect, (value) => Math.min(2, Math.max(0, Math.floor(value / 3)))),
  },
}

const fit = (data: TrainingData, params: Partial<typeof boostedTreesTrainer.defaults> = {}) =>
  boostedTreesTrainer.fit(data, { ...boostedTreesTrainer.defaults, rounds: 30, ...params }, { random: seededRandom(1) })

test.each(['binary', 'multiclass', 'regression'] as const)(
  'boostedTreesTrainer answers a %s task as its file does, with missing values and unseen categories',
  async (task) => {
    const fitted = await fit({ task, inputs, table, target: targets[task] })
    const model = await openModel(fitted.onnx)
    try {
      for (const rows of [table, later])
        expect(largestDifference(await model.predict(rows), fitted.predict(rows))).toBeLessThan(1e-6)
    } finally {
      await model.release()
    }
    const used = fitted.importance.filter(({ share }) => share > 0.01).map(({ input }) => input)
    expect(used.toSorted()).toEqual(['amount', 'at', 'city', 'note', 'urgent'])
    expect(fitted.importance.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
  },
)

test('boostedTreesTrainer learns what its target depends on', async () => {
  const fitted = await fit({ task: 'regression', inputs, table, target: targets.regression }, { rounds: 100 })
  const found = fitted.predict(later)
  const truth = effectOf(later).map((value) => 1000 * value)
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length
  const squares = (of: (row: number) => number) => truth.reduce((sum, value, row) => sum + (value - of(row)) ** 2, 0)
  const values = found.kind === 'numbers' ? found.values : []
  expect(squares((row) => values[row] as number)).toBeLessThan(0.2 * squares(() => mean))
})

test('boostedTreesTrainer answers with a constant, in the file too, where there is nothing to split', async () => {
  const target: Target = { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.of(0, 0, 0, 1) }
  const rows = rowsOf(4, { seed: 3, cities })
  for (const fields of [inputs, inputs.slice(4, 5)]) {
    const fitted = await fit({ task: 'binary', inputs: fields, table: rows, target })
    const model = await openModel(fitted.onnx)
    const scores = await model.predict(rows)
    await model.release()
    expect(scores.kind === 'classes' && [...scores.probabilities]).toEqual([0, 1, 2, 3].flatMap(() => [0.75, 0.25]))
    expect(fitted.facts).toMatchObject({ rounds: 0, trees: 0 })
  }
})

test('boostedTreesTrainer says after each round how far it is, with the loss of the rows held back', async () => {
  const seen: object[] = []
  const data = { task: 'regression', inputs, table, target: targets.regression } as const
  const params = { ...boostedTreesTrainer.defaults, rounds: 3, validationShare: 0.2 }
  const fitted = await boostedTreesTrainer.fit(data, params, {
    random: seededRandom(1),
    onProgress: (step) => seen.push(step),
  })
  const loss = expect.any(Number) as number
  expect(seen).toEqual([1, 2, 3].map((done) => ({ done, of: 3, unit: 'rounds', loss })))
  expect(fitted.facts).toMatchObject({ rounds: 3, validationLoss: (seen[2] as { loss: number }).loss })
})

test('boostedTreesTrainer holds its parameters to bounds, and its defaults and search space keep them', () => {
  const { schema, defaults, searchSpace = {} } = boostedTreesTrainer
  expect(schema?.safeParse(defaults).success).toBe(true)
  for (const [name, values] of Object.entries(searchSpace))
    for (const value of values) expect(schema?.safeParse({ ...defaults, [name]: value }).success).toBe(true)
  for (const wrong of [{ leaves: 1 }, { bins: 256 }, { rowShare: 0 }, { learningRate: NaN }, { depth: 3 }])
    expect(schema?.safeParse({ ...defaults, ...wrong }).success).toBe(false)
})
