import { describe, expect, test } from 'vitest'
import { openModel } from '#model'
import { numberColumn, stringColumn, virtualClock } from '#platform'
import { largestDifference } from './largest-difference.ts'
import { maxClasses } from './learnable-data.ts'
import type { TrainingData } from './schema.ts'
import { trainInPlace } from './train-in-place.ts'
import { trainerParameters } from './trainer-parameters.ts'
import { trainerOf, trainers, type AnyTrainer } from './trainers.ts'

const data: TrainingData = {
  task: 'binary',
  inputs: [
    { name: 'x', type: 'numeric' },
    { name: 'city', type: 'categorical' },
  ],
  table: {
    rowCount: 4,
    columns: { x: numberColumn([1, 2, 3, null]), city: stringColumn(['a', 'b', null, 'a']) },
  },
  target: { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.of(0, 1, 1, 0) },
}
const numbers: TrainingData = {
  ...data,
  task: 'regression',
  target: { kind: 'numbers', values: Float64Array.of(1, 2, 3, 4) },
}
const train = (given: TrainingData, kind = given.task === 'regression' ? 'mean' : 'majority') =>
  trainInPlace(given, { kind, seed: 1 })
const classes = (labels: readonly number[], names = ['no', 'yes']): TrainingData['target'] => ({
  kind: 'classes',
  classes: names,
  labels: Int32Array.from(labels),
})

describe('trainInPlace()', () => {
  test('gives a candidate with the facts of its making', async () => {
    expect(await trainInPlace(data, { kind: 'majority', seed: 's' }, { clock: virtualClock(0) })).toEqual({
      kind: 'majority',
      onnx: expect.any(Uint8Array),
      signature: { task: 'binary', inputs: data.inputs, classes: ['no', 'yes'] },
      facts: { share: 0.5 },
      warnings: [],
      importance: [],
      params: {},
      seed: 's',
      rows: 4,
      seconds: 0,
      cpuMs: expect.any(Number),
    })
  })

  test('leaves out rows without a target, and says so', async () => {
    const weights = Float64Array.of(1, 5, 1, 1)
    const found = await train({
      ...numbers,
      weights,
      target: { kind: 'numbers', values: Float64Array.of(1, NaN, 3, 4) },
    })
    expect(found).toMatchObject({
      rows: 3,
      facts: { mean: 8 / 3 },
      warnings: ['1 of 4 rows have no target and were left out'],
    })
  })

  test('keeps an input without any value, and says that nothing was learned from it', async () => {
    const table = {
      rowCount: 4,
      columns: { x: numberColumn([null, null, null, null]), city: stringColumn(['', null, '', '']) },
    }
    const { onnx, warnings } = await train({ ...data, table })
    expect(warnings).toEqual([
      "Input 'x' has no value in any row, so nothing was learned from it",
      "Input 'city' has no value in any row, so nothing was learned from it",
    ])
    const model = await openModel(onnx)
    expect(model.signature.inputs).toEqual(data.inputs)
    await expect(model.predict(data.table)).resolves.toMatchObject({ kind: 'classes' })
    await model.release()
  })

  test('says which class has no row', async () => {
    const found = await train({ ...data, task: 'multiclass', target: classes([0, 2, 2, 0], ['a', 'b', 'c']) })
    expect(found.warnings).toEqual(["Class 'b' has no row to learn from"])
  })

  test.each<[string, TrainingData, string, string?]>([
    ['an unknown kind', data, 'unknownTrainer', 'forest'],
    ['a trainer of another task', data, 'taskMismatch', 'mean'],
    ['no inputs', { ...data, inputs: [] }, 'noInputs'],
    ['an input that the table lacks', { ...data, inputs: [{ name: 'y', type: 'numeric' }] }, 'missingColumn'],
    ['numbers where text is needed', { ...data, inputs: [{ name: 'x', type: 'text' }] }, 'missingColumn'],
    ['text where numbers are needed', { ...data, inputs: [{ name: 'city', type: 'timestamp' }] }, 'missingColumn'],
    ['no rows', { ...data, table: emptyTable(), target: classes([]) }, 'emptyTable'],
    ['no target at all', { ...data, target: classes([-1, -1, -1, -1]) }, 'noTarget'],
    [
      'a target that is null throughout',
      { ...numbers, target: { kind: 'numbers', values: new Float64Array(4).fill(NaN) } },
      'noTarget',
    ],
    ['one class', { ...data, target: classes([1, 1, 1, -1]) }, 'oneClass'],
    [
      'an infinite target',
      { ...numbers, target: { kind: 'numbers', values: Float64Array.of(1, 2, Infinity, 4) } },
      'badTarget',
    ],
    ['too many classes', { ...data, task: 'multiclass', target: classes([0, 1, 2, 3], manyNames()) }, 'tooManyClasses'],
    ['a weight that is not a number', { ...data, weights: Float64Array.of(1, NaN, 1, 1) }, 'badWeights'],
    ['a negative weight', { ...data, weights: Float64Array.of(1, -1, 1, 1) }, 'badWeights'],
    ['an infinite weight', { ...data, weights: Float64Array.of(1, Infinity, 1, 1) }, 'badWeights'],
    ['weights of zero alone', { ...data, weights: new Float64Array(4) }, 'badWeights'],
  ])('refuses %s', async (_, given, code, kind) => {
    await expect(train(given, kind)).rejects.toMatchObject({ code: `training/${code}` })
  })

  test.each<[string, TrainingData, typeof TypeError | typeof RangeError]>([
    ['a target of another kind', { ...data, target: numbers.target }, TypeError],
    ['a target of other rows', { ...data, target: classes([0, 1]) }, RangeError],
    ['a label that is no class', { ...data, target: classes([0, 1, 2, 0]) }, RangeError],
    ['three classes of a binary task', { ...data, target: classes([0, 1, 2, 0], ['a', 'b', 'c']) }, RangeError],
  ])('throws at %s, which is a bug of the caller', async (_, given, error) => {
    await expect(train(given)).rejects.toThrow(error)
  })
})

describe('trainerParameters()', () => {
  const open: AnyTrainer = {
    ...trainerOf('majority'),
    kind: 'open',
    defaults: { rounds: 100, text: 'a', flag: true, sizes: [1] },
  }
  const { schema: _, ...generic } = open

  test('lays the given values over the defaults', () => {
    expect(trainerParameters(generic, { rounds: 5, flag: undefined })).toEqual({ ...open.defaults, rounds: 5 })
  })

  test.each([
    [
      'an unknown name',
      { depth: 3 },
      "Cannot train 'open': it has no parameter 'depth'; it has 'rounds', 'text', 'flag', 'sizes'",
    ],
    ['text for a number', { rounds: '5' }, "Cannot train 'open': rounds: "],
    ['a number that is none', { rounds: NaN }, "Cannot train 'open': rounds: "],
    ['a number for text', { text: 5 }, "Cannot train 'open': text: "],
    ['a number for a boolean', { flag: 1 }, "Cannot train 'open': flag: "],
    ['a list of the wrong kind', { sizes: ['1'] }, "Cannot train 'open': sizes.0: "],
  ])('refuses %s by the defaults', (_, given, message) => {
    expect(() => trainerParameters(generic, given)).toThrow(message)
  })

  test.each([
    ['seasonal-naive', { season: 'fortnight' }],
    ['seasonal-naive', { smoothing: -1 }],
    ['mean', { statistic: 'mode' }],
    ['rule', { sql: 5 }],
  ])('refuses a value out of the bounds of %s: %j', (kind, given) => {
    expect(() => trainerParameters(trainerOf(kind), given)).toThrow(
      expect.objectContaining({ code: 'training/badParameter' }),
    )
  })

  test.each(trainers.map((trainer) => [trainer.kind, trainer] as const))('accepts the defaults of %s', (_, trainer) => {
    expect(trainerParameters(trainer)).toEqual(trainer.defaults)
  })
})

describe('largestDifference()', () => {
  const values = (...of: number[]) => ({ kind: 'numbers', values: Float64Array.from(of) }) as const

  test.each([
    [values(1, 2), values(1, 2), 0, 'equal'],
    [values(0.5), values(0.25), 0.25, 'absolute below 1'],
    [values(110), values(100), 0.1, 'relative above 1'],
    [values(NaN), values(1), Infinity, 'a missing number'],
    [values(NaN, Infinity), values(NaN, Infinity), 0, 'the same oddities'],
  ])('of %j and %j is %d: %s', (actual, expected, difference) => {
    expect(largestDifference(actual, expected)).toBeCloseTo(difference, 12)
  })

  test('refuses predictions of other rows', () => {
    expect(() => largestDifference(values(1), values(1, 2))).toThrow(RangeError)
  })
})

function emptyTable(): TrainingData['table'] {
  return { rowCount: 0, columns: { x: numberColumn([]), city: stringColumn([]) } }
}

function manyNames(): string[] {
  return Array.from({ length: maxClasses + 1 }, (_, place) => `class ${place}`)
}
