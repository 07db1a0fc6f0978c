import { describe, expect, test } from 'vitest'
import { openModel, type Field, type Scores } from '#model'
import { numberColumn, seededRandom, stringColumn, takeRows, type Table } from '#platform'
import { largestDifference } from '../largest-difference.ts'
import type { FittedModel, TrainingData } from '../schema.ts'
import { majorityTrainer } from './majority-trainer.ts'
import { meanTrainer, weightedMedian } from './mean-trainer.ts'
import { seasonPlaces, seasonSlots, type Season } from './season-places.ts'
import { seasonalNaiveTrainer } from './seasonal-naive-trainer.ts'

const inputs: readonly Field[] = [
  { name: 'price', type: 'numeric' },
  { name: 'open', type: 'boolean' },
  { name: 'at', type: 'timestamp' },
  { name: 'city', type: 'categorical' },
  { name: 'note', type: 'text' },
]
// Mondays and Tuesdays of 2001, at 6 and 7 o'clock.
const moments = [
  '2001-01-01T06:00',
  '2001-01-08T06:59',
  '2001-01-01T07:00',
  '2001-01-02T06:00',
  null,
  '2001-01-15T06:30',
]
const table: Table = {
  rowCount: 6,
  columns: {
    price: numberColumn([1, null, 3, 4, 5, 6]),
    open: numberColumn([1, 0, null, 1, 1, 0]),
    at: numberColumn(moments.map((iso) => (iso ? Date.parse(`${iso}Z`) : null))),
    city: stringColumn(['a', null, 'b', 'c', '', 'a']),
    note: stringColumn(['x y', 'z', null, '', 'x', 'y']),
  },
}
const labels = Int32Array.of(0, 1, 2, 2, 1, 1)
const classes: TrainingData = {
  task: 'multiclass',
  inputs,
  table,
  target: { kind: 'classes', classes: ['low', 'mid', 'high'], labels },
}
const numbers: TrainingData = {
  ...classes,
  task: 'regression',
  target: { kind: 'numbers', values: Float64Array.of(1, 2, 30, 4, 5, 6) },
}
const weights = Float64Array.of(1, 1, 2, 0, 1, 1)
const context = { random: seededRandom('baseline') }

/** What the file answers, after checking that the trainer answers the same. */
async function answers(fitted: FittedModel, scored: Table = table): Promise<number[]> {
  const model = await openModel(fitted.onnx)
  const found = await model.predict(scored)
  expect(model.signature.inputs).toEqual(inputs)
  expect(largestDifference(found, fitted.predict(scored))).toBeLessThan(1e-6)
  await model.release()
  return valuesOf(found)
}

const valuesOf = (scores: Scores): number[] => [...(scores.kind === 'classes' ? scores.probabilities : scores.values)]
const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 5))

describe('majorityTrainer', () => {
  test('answers every row with the shares of the classes', async () => {
    const found = await answers(await majorityTrainer.fit(classes, {}, context))
    expect(found).toEqual(close(Array.from({ length: 6 }, () => [1 / 6, 1 / 2, 1 / 3]).flat()))
  })

  test('weighs rows by their weights', async () => {
    const found = await answers(await majorityTrainer.fit({ ...classes, weights }, {}, context), takeRows(table, [0]))
    expect(found).toEqual(close([1 / 6, 3 / 6, 2 / 6]))
  })

  test('answers no row for no row', async () => {
    expect(await answers(await majorityTrainer.fit(classes, {}, context), takeRows(table, []))).toEqual([])
  })
})

describe('meanTrainer', () => {
  test.each([
    ['mean', undefined, 8],
    ['mean', weights, (1 + 2 + 60 + 5 + 6) / 6],
    ['median', undefined, 4.5],
    ['median', weights, 5.5],
  ] as const)('answers every row with the %s, weights %o: %d', async (statistic, weights, wanted) => {
    const data = weights ? { ...numbers, weights } : numbers
    const found = await answers(await meanTrainer.fit(data, { statistic }, context), takeRows(table, [1, 4]))
    expect(found).toEqual(close([wanted, wanted]))
  })

  test('weightedMedian() does not hang on the order of rows', () => {
    const random = seededRandom('median')
    const values = Array.from({ length: 31 }, () => random.int(10))
    const shuffled = random.shuffle(values)
    expect(weightedMedian(Float64Array.from(shuffled), undefined)).toBe(values.sort((a, b) => a - b)[15])
  })
})

describe('seasonalNaiveTrainer', () => {
  const fit = (data: TrainingData, season: Season, smoothing = 0): Promise<FittedModel> =>
    seasonalNaiveTrainer.fit(data, { season, input: '', smoothing }, context)

  test('answers with the mean of the same hour of the week, the overall mean for a new one', async () => {
    const scored: Table = {
      ...table,
      columns: {
        ...table.columns,
        at: numberColumn(
          [
            '2024-01-01T06:15',
            '2024-01-01T07:15',
            '2024-01-02T06:00',
            '2024-01-03T06:00',
            null,
            '1970-01-05T06:00',
          ].map((iso) => (iso ? Date.parse(`${iso}Z`) : null)),
        ),
      },
    }
    expect(await answers(await fit(numbers, 'hour-of-week'), scored)).toEqual(close([3, 30, 4, 8, 5, 3]))
  })

  test('answers with the shares of the classes, mixed with the overall ones', async () => {
    const found = await answers(await fit(classes, 'hour-of-day', 1), takeRows(table, [2]))
    expect(found).toEqual(close([1 / 6 / 2, 1 / 2 / 2, (1 + 1 / 3) / 2]))
  })

  test.each(Object.entries(seasonSlots) as [Season, number][])(
    'places every moment in one slot of %s',
    (season, slots) => {
      const hour = 3_600_000
      const year = Float64Array.from({ length: 24 * 366 }, (_, at) => Date.UTC(2000, 0, 1) + at * hour)
      const places = seasonPlaces(season, year)
      expect(new Set(places)).toEqual(new Set(Array.from({ length: slots }, (_, slot) => slot)))
      expect(seasonPlaces(season, Float64Array.of(NaN, Infinity, 1e300))).toEqual(Int32Array.of(slots, slots, slots))
    },
  )

  test('treats a moment beyond the calendar as missing, in the file too', async () => {
    const scored = {
      ...table,
      columns: { ...table.columns, at: numberColumn([NaN, Infinity, -1e300, 8.65e15, -Infinity, 0]) },
    }
    expect(await answers(await fit(numbers, 'month-of-year'), scored)).toEqual(close([5, 5, 5, 5, 5, 43 / 5]))
  })

  test.each([
    ['no timestamp input', [inputs[0] as Field], ''],
    ['two of them and no choice', [...inputs, { name: 'price', type: 'timestamp' } as const], ''],
    ['an input that is no timestamp', inputs, 'price'],
  ])('refuses %s', async (_, inputs, input) => {
    await expect(
      seasonalNaiveTrainer.fit({ ...numbers, inputs }, { season: 'hour-of-day', input, smoothing: 1 }, context),
    ).rejects.toMatchObject({ code: 'training/noTimestamp' })
  })
})
