import { describe, expect, test } from 'vitest'
import { openModel, type Field, type FieldType, type Task } from '#model'
import { numberColumn, seededRandom, stringColumn, takeRows, type Column, type Table } from '#platform'
import { largestDifference } from './largest-difference.ts'
import type { TrainingData } from './schema.ts'
import { trainerParameters } from './trainer-parameters.ts'
import { trainerOf, trainers, type AnyTrainer } from './trainers.ts'

const types: readonly FieldType[] = ['numeric', 'boolean', 'timestamp', 'categorical', 'text']
const inputs: readonly Field[] = types.flatMap((type) => [
  { name: `a ${type}`, type },
  { name: `empty ${type}`, type },
])
const rowCount = 300

const cases = trainers.flatMap((trainer) => trainer.tasks.map((task) => [trainer.kind, task, trainer] as const))

describe.each(cases)('%s for %s', (_, task, trainer) => {
  test('learns beside inputs without any value, and answers where they have one', async () => {
    expect(await differenceOf(trainer, { data: makeData(task, {}), scored: makeTable({ isNew: true }) })).toBeLessThan(
      1e-6,
    )
  })

  test('gives the same file for the same seed', async () => {
    const [first, second] = await Promise.all([fit(trainer, makeData(task, {})), fit(trainer, makeData(task, {}))])
    expect(Buffer.compare(first.onnx, second.onnx)).toBe(0)
  })

  test('learns from rows of weight 0, and a class of none', async () => {
    const weights = Float64Array.from({ length: rowCount }, (_, row) => (row % 3 === 2 ? 0 : 1 + row))
    expect(
      await differenceOf(trainer, { data: makeData(task, { weights }), scored: makeTable({ isNew: false }) }),
    ).toBeLessThan(1e-6)
  })

  test('learns from two rows', async () => {
    const data = makeData(task, {})
    const two = { ...data, table: takeRows(data.table, [0, 1]), target: twoRows(task) }
    expect(await differenceOf(trainer, { data: two, scored: makeTable({ isNew: false }) })).toBeLessThan(1e-6)
  })
})

test('trainerOf() names the kinds there are', () => {
  expect(() => trainerOf('forest')).toThrow(/Cannot find a trainer 'forest': there are majority, mean, /)
  expect(new Set(trainers.map(({ kind }) => kind)).size).toBe(trainers.length)
  expect(trainers.map(({ rung }) => rung)).toEqual(trainers.map(({ rung }) => rung).sort((a, b) => a - b))
})

const rules: Readonly<Record<Task, string>> = {
  binary: '"a numeric" > 0 or "empty numeric" > 0 or "empty text" like \'b%\'',
  multiclass: `case when "a categorical" = 'b' then 'two' when "empty boolean" then 'one' end`,
  regression: '"a numeric" * 2 + hour("a timestamp") + hour("empty timestamp")',
}

function fit(trainer: AnyTrainer, data: TrainingData) {
  const params =
    trainer.kind === 'rule'
      ? { sql: rules[data.task] }
      : trainer.kind === 'seasonal-naive'
        ? { input: 'a timestamp' }
        : {}
  return trainer.fit(data, trainerParameters(trainer, params), { random: seededRandom('trainers') })
}

/** Of the file and the trainer; infinite where an answer is not finite. */
async function differenceOf(
  trainer: AnyTrainer,
  { data, scored }: { data: TrainingData; scored: Table },
): Promise<number> {
  const fitted = await fit(trainer, data)
  const model = await openModel(fitted.onnx)
  try {
    const found = await model.predict(scored)
    const values = Array.from(found.kind === 'classes' ? found.probabilities : found.values)
    return values.every(Number.isFinite) ? largestDifference(found, await fitted.predict(scored)) : Infinity
  } finally {
    await model.release()
  }
}

function makeData(task: Task, more: Partial<TrainingData>): TrainingData {
  const table = makeTable({ isNew: false })
  const row = { length: rowCount }
  const classes = task === 'binary' ? ['no', 'yes'] : ['one', 'two', 'three']
  const target =
    task === 'regression'
      ? ({ kind: 'numbers', values: Float64Array.from(row, (_, at) => 100 + (at % 7)) } as const)
      : ({ kind: 'classes', classes, labels: Int32Array.from(row, (_, at) => at % classes.length) } as const)
  return { task, inputs, table, target, ...more }
}

function twoRows(task: Task): TrainingData['target'] {
  return task === 'regression'
    ? { kind: 'numbers', values: Float64Array.of(5, 5) }
    : {
        kind: 'classes',
        classes: task === 'binary' ? ['no', 'yes'] : ['one', 'two', 'three'],
        labels: Int32Array.of(0, 1),
      }
}

/** Columns named 'empty' hold nothing, unless the table is new. */
function makeTable({ isNew }: { isNew: boolean }): Table {
  const random = seededRandom(String(isNew))
  const column = (type: FieldType, isEmpty: boolean): Column => {
    const cells = Array.from({ length: rowCount }, () => (isEmpty || random.int(4) === 0 ? null : random.int(4)))
    if (type === 'categorical')
      return stringColumn(cells.map((cell) => (cell === null ? null : ['', 'a', 'b', 'c'][cell])))
    if (type === 'text')
      return stringColumn(cells.map((cell) => (cell === null ? null : ['', 'a b', 'b c d', 'the end'][cell])))
    const numbers = { numeric: [-1.7, 0, 3.4, 1e6], boolean: [0, 0, 1, 1], timestamp: [0, 1e12, 1.1e12, 1.7e12] }[type]
    return numberColumn(cells.map((cell) => (cell === null ? null : numbers[cell])))
  }
  const columns = inputs.map(({ name, type }) => [name, column(type, name.startsWith('empty') && !isNew)] as const)
  return { rowCount, columns: Object.fromEntries(columns) }
}
