import { describe, expect, test } from 'vitest'
import { numberColumn, seededRandom, systemClock, virtualClock, type Clock } from '#platform'
import type { TrainingData, Trial } from '../schema.ts'
import type { AnyTrainer } from '../trainers.ts'
import { drawCombinations } from './draw-combinations.ts'
import { planRungs } from './plan-rungs.ts'
import { tuneParameters, type TuningOptions } from './tune-parameters.ts'
import { validationLoss } from './validation-loss.ts'
import { validationSplit } from './validation-split.ts'

const rowCount = 20_000
const random = seededRandom('rows')
const x = Float64Array.from({ length: rowCount }, () => random.next() * 2 - 1)

const regression: TrainingData = {
  task: 'regression',
  inputs: [{ name: 'x', type: 'numeric' }],
  table: { rowCount, columns: { x: numberColumn(x) } },
  target: { kind: 'numbers', values: x.map((value) => 3 * value + 0.1 * random.normal()) },
}

/** Predicts slope · x: the loss has its minimum at the slope of 3, wherever the offset is 0. */
const lineTrainer: AnyTrainer = {
  kind: 'line',
  rung: 2,
  tasks: ['regression'],
  defaults: { slope: 0, offset: 5, rounds: 90 },
  searchSpace: { slope: [-3, -2, -1, 0, 1, 2, 3, 4, 5], offset: [-1, 0, 1] },
  fit: async (_, { slope, offset }) => {
    if (slope === -3) throw new Error('This slope cannot be trained')
    return {
      onnx: new Uint8Array(),
      predict: (table) => ({
        kind: 'numbers',
        values: (table.columns['x'] as { values: Float64Array }).values.map(
          (value) => (slope as number) * value + (offset as number),
        ),
      }),
      facts: {},
      importance: [],
    }
  },
}

const tune = (options: Partial<TuningOptions> & { seed?: string; signal?: AbortSignal; data?: TrainingData }) =>
  tuneParameters(lineTrainer, options.data ?? regression, {
    params: lineTrainer.defaults,
    fixed: [],
    clock: systemClock,
    context: { random: seededRandom(options.seed ?? 'seed'), ...(options.signal && { signal: options.signal }) },
    ...options,
  })

const withoutTime = (trials: readonly Trial[]) => trials.map((trial) => ({ ...trial, seconds: 0 }))

describe('tuneParameters()', () => {
  test('finds the best combination when it tries them all', async () => {
    const { params, trials } = await tune({ trials: 28 })
    expect(params).toEqual({ slope: 3, offset: 0, rounds: 90 })
    expect(trials[0]).toMatchObject({ rung: 0, params: { slope: 0, offset: 5 } })
  })

  test('gives fewer combinations more rows and rounds, from rung to rung', async () => {
    const { trials } = await tune({ trials: 9 })
    const rungs = [0, 1, 2].map((rung) => trials.filter((trial) => trial.rung === rung))
    expect(rungs.map((rung) => rung.length)).toEqual([9, 3, 1])
    expect(rungs.map(([first]) => [first?.rows, first?.params['rounds']])).toEqual([
      [1778, 20],
      [5334, 30],
      [16_000, 90],
    ])
    const losses = rungs[0]?.map(({ loss }) => loss ?? Infinity).sort((a, b) => a - b) ?? []
    expect(rungs[0]?.map(({ params }) => params['slope'])).toEqual(
      expect.arrayContaining(rungs[1]?.map(({ params }) => params['slope']) ?? []),
    )
    expect(Math.min(...(rungs[1] ?? []).map(({ loss }) => loss ?? Infinity))).toBeCloseTo(losses[0] as number, 1)
  })

  test('gives the same trials for the same seed, and others for another', async () => {
    const [first, second, other] = await Promise.all([
      tune({ trials: 9 }),
      tune({ trials: 9 }),
      tune({ trials: 9, seed: 'other' }),
    ])
    expect(withoutTime(second.trials)).toEqual(withoutTime(first.trials))
    expect(withoutTime(other.trials)).not.toEqual(withoutTime(first.trials))
  })

  test('keeps the values that are set', async () => {
    const { trials } = await tune({ trials: 9, fixed: ['offset'] })
    expect(new Set(trials.map(({ params }) => params['offset']))).toEqual(new Set([5]))
  })

  test('records a failed trial and goes on', async () => {
    const { params, trials } = await tune({ trials: 28 })
    expect(trials.filter((trial) => trial.loss === null)).toMatchObject(
      [-1, 0, 1].map(() => ({ params: { slope: -3 }, error: 'This slope cannot be trained' })),
    )
    expect(params['slope']).toBe(3)
  })

  test('ends when the time is up, with the best so far', async () => {
    const { params, trials } = await tune({ trials: 28, budgetMs: 10_000, clock: tickingClock(1000) })
    expect(trials.length).toBeGreaterThan(2)
    expect(trials.length).toBeLessThan(10)
    const best = trials.reduce((a, b) => ((b.loss ?? Infinity) < (a.loss ?? Infinity) ? b : a))
    expect(params['slope']).toBe(best.params['slope'])
  })

  test('makes one trial at least, however short the time', async () => {
    const { params, trials } = await tune({ budgetMs: 0 })
    expect(trials).toHaveLength(1)
    expect(params).toEqual(lineTrainer.defaults)
  })

  test('refuses a trainer with nothing to vary, or with all of it set', async () => {
    await expect(tune({ fixed: ['slope', 'offset'] })).rejects.toMatchObject({ code: 'training/noTuning' })
  })

  test('refuses when every trial fails, with the reason of the last', async () => {
    await expect(tune({ trials: 1, params: { slope: -3, offset: 0 } })).rejects.toThrow(
      "Cannot tune 'line': This slope cannot be trained",
    )
  })

  test('stops when cancelled', async () => {
    await expect(tune({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
})

describe('validationSplit()', () => {
  test('judges by the last fifth in time', () => {
    const times = Float64Array.from({ length: rowCount }, (_, row) => (row % 2 ? row : NaN))
    const { learn, judge } = validationSplit({ ...regression, times }, seededRandom('split'))
    expect(judge.length).toBe(rowCount / 10)
    expect(judge.every((row) => row % 2 === 1 && row > rowCount * 0.8)).toBe(true)
    expect(new Set([...learn, ...judge]).size).toBe(rowCount)
  })

  test.each([
    ['there are no times', undefined],
    ['all times are one', new Float64Array(100)],
    ['the earlier rows have one class', Float64Array.from({ length: 100 }, (_, row) => row)],
  ])('judges by a random fifth of each class where %s', (_, times) => {
    const labels = Int32Array.from({ length: 100 }, (_, row) => Number(row >= 85))
    const target = { kind: 'classes', classes: ['a', 'b'], labels } as const
    const data: TrainingData = {
      ...regression,
      task: 'binary',
      table: { rowCount: 100, columns: { x: numberColumn(x.subarray(0, 100)) } },
      target,
      ...(times && { times }),
    }
    const { learn, judge } = validationSplit(data, seededRandom('split'))
    const share = (rows: Int32Array): number => rows.filter((row) => labels[row] === 1).length
    expect([learn.length, judge.length, share(learn), share(judge)]).toEqual([80, 20, 12, 3])
    // Any first part is a fair sample.
    expect(share(learn.subarray(0, 40))).toBe(6)
    expect(share(learn.subarray(0, 2))).toBe(1)
  })
})

describe('validationLoss()', () => {
  const classes: TrainingData = {
    ...regression,
    task: 'binary',
    target: { kind: 'classes', classes: ['a', 'b'], labels: Int32Array.of(0, 1) },
  }
  const scores = { kind: 'classes', classes: ['a', 'b'], probabilities: Float64Array.of(0.5, 0.5, 0.8, 0.2) } as const

  test('is the mean log loss of classes, by weight', () => {
    expect(validationLoss(classes, scores)).toBeCloseTo((Math.log(2) + Math.log(5)) / 2, 12)
    const weights = Float64Array.of(3, 1)
    expect(validationLoss({ ...classes, weights }, scores)).toBeCloseTo((3 * Math.log(2) + Math.log(5)) / 4, 12)
  })

  test('is the mean squared error of numbers', () => {
    const data: TrainingData = { ...regression, target: { kind: 'numbers', values: Float64Array.of(1, 2) } }
    expect(validationLoss(data, { kind: 'numbers', values: Float64Array.of(2, 4) })).toBe(2.5)
  })

  test('stays finite for a class that was thought impossible', () => {
    const certain = { ...scores, probabilities: Float64Array.of(0, 1, 1, 0) }
    expect(validationLoss(classes, certain)).toBeCloseTo(15 * Math.LN10, 6)
  })

  test('refuses scores of other rows', () => {
    expect(() => validationLoss(regression, scores)).toThrow(RangeError)
  })
})

test.each([
  [
    27,
    100_000,
    [
      [27, 3704],
      [9, 11_112],
      [3, 33_334],
      [1, 100_000],
    ],
    'all rungs',
  ],
  [
    27,
    9000,
    [
      [27, 1000],
      [9, 3000],
      [3, 9000],
    ],
    'no rung below 1000 rows',
  ],
  [5, 500, [[5, 500]], 'few rows: everything on all of them'],
  [1, 100_000, [[1, 100_000]], 'nothing to compare'],
])('planRungs(%i, %i) is %j: %s', (combinations, rows, wanted) => {
  expect(planRungs(combinations, rows).map((rung) => [rung.combinations, rung.rows])).toEqual(wanted)
})

test('drawCombinations() draws different ones, from a huge space too', () => {
  const values = Array.from({ length: 50 }, (_, value) => value)
  const space = { a: values, b: values, c: values, d: values }
  const drawn = drawCombinations(space, 100, seededRandom('draw'))
  expect(new Set(drawn.map((combination) => JSON.stringify(combination))).size).toBe(100)
  expect(new Set(drawn.map(({ d }) => d)).size).toBeGreaterThan(20)
  expect(drawCombinations({ a: [1, 2], b: ['x'] }, 100, seededRandom('draw'))).toHaveLength(2)
})

/** A clock that moves on by so much at every look. */
function tickingClock(stepMs: number): Clock {
  const clock = virtualClock(0)
  return {
    now: () => {
      clock.advanceTo(clock.now() + stepMs)
      return clock.now()
    },
  }
}
