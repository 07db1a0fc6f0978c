import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { fitTrees } from './fit-trees.ts'
import { predictTrees } from './predict-trees.ts'
import { defaultTreeParams } from './schema.ts'
import type { TreeColumn, TreeEnsemble, TreeNode, TreeParams, TreeTarget } from './schema.ts'

const numeric = (values: Iterable<number>, name = 'x'): TreeColumn => ({
  kind: 'numeric',
  name,
  values: Float32Array.from(values),
})
const categorical = (codes: Iterable<number>, categoryCount: number): TreeColumn => ({
  kind: 'categorical',
  name: 'c',
  codes: Int32Array.from(codes),
  categoryCount,
})
const regression = (values: Iterable<number>): TreeTarget => ({ kind: 'regression', values: Float64Array.from(values) })
const binary = (labels: Iterable<number>): TreeTarget => ({ kind: 'binary', labels: Int32Array.from(labels) })
const times = <T>(count: number, make: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, place) => make(place))

/** Parameters under which a few rows suffice. */
const small: TreeParams = {
  ...defaultTreeParams,
  minLeafRows: 1,
  minGroupRows: 1,
  categorySmooth: 1,
  categoryL2: 0,
  minLeafHessian: 0,
}
const stump: TreeParams = { ...small, rounds: 1, leaves: 2, learningRate: 1 }

async function grow(
  columns: readonly TreeColumn[],
  target: TreeTarget,
  params: Partial<TreeParams> & { weights?: Float64Array } = {},
) {
  const { weights, ...given } = params
  const { ensemble } = await fitTrees(columns, target, {
    params: { ...small, ...given },
    random: seededRandom(1),
    weights,
  })
  return ensemble
}

const rootOf = (ensemble: TreeEnsemble): TreeNode => ensemble.trees[0]?.[0] as TreeNode
const lengthOf = (column: TreeColumn): number => (column.kind === 'numeric' ? column.values : column.codes).length
const predict = (ensemble: TreeEnsemble, columns: readonly TreeColumn[]): number[] => [
  ...predictTrees(ensemble, columns, lengthOf(columns[0] as TreeColumn)),
]

/** Rows of noise, numbers, missing values and categories, with a target that depends on most of them. */
function mixedRows(count: number, seed: number) {
  const random = seededRandom(seed)
  const x = times(count, () => (random.int(8) ? random.normal() : NaN))
  const z = times(count, () => random.int(40))
  const c = times(count, () => random.int(13) - 1)
  const effect = times(
    count,
    (i) => (Number.isNaN(x[i]) ? 1 : Math.sin(2 * (x[i] as number))) + ((c[i] as number) % 3) + (z[i] as number) / 20,
  )
  const columns = [
    numeric(x, 'x'),
    numeric(z, 'z'),
    categorical(c, 12),
    numeric(
      times(count, () => random.normal()),
      'noise',
    ),
  ]
  return {
    columns,
    numbers: effect.map((value) => value + 0.3 * random.normal()),
    labels: effect.map((value) => Number(value + random.normal() > 1.8)),
  }
}

describe('hand calculations', () => {
  // 6 rows at 1 and 2 with target 0, 3 at 3 with target 3, 3 at 4 with target 5; mean 2.
  const column = numeric([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
  const target = regression([0, 0, 0, 0, 0, 0, 3, 3, 3, 5, 5, 5])

  test('fitTrees() splits numbers where the squared error falls most: G²/H of both sides less that of the whole', async () => {
    const ensemble = await grow([column], target, stump)
    expect(ensemble.initial).toEqual([2])
    // Left: 6 rows, G = 12, 12²/6 = 24. Right: 6 rows, G = −12, 24. The whole: G = 0.
    expect(ensemble.trees).toEqual([
      [
        { kind: 'threshold', feature: 0, threshold: 2.5, missingLeft: true, left: 1, right: 2, rows: 12, gain: 48 },
        { kind: 'leaf', value: -2, rows: 6 },
        { kind: 'leaf', value: 2, rows: 6 },
      ],
    ])
  })

  test('fitTrees() shrinks leaves by the penalty and the learning rate', async () => {
    const { trees } = await grow([column], target, { ...stump, l2: 2, learningRate: 0.5 })
    expect(trees[0]?.slice(1)).toEqual([
      { kind: 'leaf', value: (-12 / 8) * 0.5, rows: 6 },
      { kind: 'leaf', value: (12 / 8) * 0.5, rows: 6 },
    ])
  })

  test('fitTrees() starts from the log-odds and steps by Newton: one step of a pure leaf is 1 / p', async () => {
    const ensemble = await grow([column], binary([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]), stump)
    expect(ensemble.initial[0]).toBeCloseTo(Math.log(3 / 9), 12)
    const [, left, right] = ensemble.trees[0] as TreeNode[]
    // p = 1/4: left −Σp / Σp(1−p) = −1 / (1−p) = −4/3, right Σ(1−p) / Σp(1−p) = 1/p = 4.
    expect(left).toMatchObject({ rows: 9, value: expect.closeTo(-4 / 3, 6) as number })
    expect(right).toMatchObject({ rows: 3, value: expect.closeTo(4, 6) as number })
  })
})

describe('laws', () => {
  test('fitTrees() weighs a row as often as it repeats', async () => {
    const random = seededRandom(3)
    const counts = times(300, () => 1 + random.int(3))
    const [x, c] = [times(300, () => random.int(10)), times(300, () => random.int(8) - 1)]
    const y = times(300, (i) => ((x[i] as number) - 4) ** 2 + 3 * ((c[i] as number) % 3) + random.normal())
    const repeat = (values: readonly number[]) => counts.flatMap((count, i) => times(count, () => values[i] as number))
    const params = { rounds: 20, leaves: 8, categorySmooth: 0, minGroupRows: 0 }
    const columns = [numeric(x), categorical(c, 7)]
    const weighted = await grow(columns, regression(y), { ...params, weights: Float64Array.from(counts) })
    const repeated = await grow([numeric(repeat(x)), categorical(repeat(c), 7)], regression(repeat(y)), params)
    const plain = await grow(columns, regression(y), params)
    const expected = predict(repeated, columns)
    predict(weighted, columns).forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 5))
    expect(
      Math.max(...predict(plain, columns).map((value, i) => Math.abs(value - (expected[i] as number)))),
    ).toBeGreaterThan(0.1)
  })

  test('fitTrees() never raises the training loss with more rounds', async () => {
    const { columns, numbers, labels } = mixedRows(400, 4)
    const squared = (scores: number[]) =>
      scores.reduce((sum, score, i) => sum + (score - (numbers[i] as number)) ** 2, 0)
    const logistic = (scores: number[]) =>
      scores.reduce((sum, score, i) => sum + Math.log1p(Math.exp(labels[i] ? -score : score)), 0)
    for (const [target, loss] of [
      [regression(numbers), squared],
      [binary(labels), logistic],
    ] as const) {
      const ensemble = await grow(columns, target, { rounds: 40, minLeafRows: 10 })
      const losses = times(41, (rounds) =>
        loss(predict({ ...ensemble, trees: ensemble.trees.slice(0, rounds) }, columns)),
      )
      expect(losses.every((value, rounds) => rounds === 0 || value <= (losses[rounds - 1] as number))).toBe(true)
      expect(losses[40]).toBeLessThan((losses[0] as number) * 0.7)
    }
  })

  test('fitTrees() answers the same when a numeric column is stretched in a way that keeps its order', async () => {
    const { columns, numbers } = mixedRows(500, 5)
    const stretched = columns.map((column) =>
      column.kind === 'numeric' ? { ...column, values: column.values.map((value) => Math.exp(value / 2) - 7) } : column,
    )
    const params = { rounds: 10, minLeafRows: 5 }
    const [a, b] = [
      await grow(columns, regression(numbers), params),
      await grow(stretched, regression(numbers), params),
    ]
    expect(predict(b, stretched)).toEqual(predict(a, columns))
  })

  test('fitTrees() gives the same trees for the same seed, also where it draws rows and columns', async () => {
    const { columns, labels } = mixedRows(600, 6)
    const params = { ...defaultTreeParams, rounds: 8, rowShare: 0.7, columnShare: 0.6, validationShare: 0.2 }
    const fit = (seed: number) => fitTrees(columns, binary(labels), { params, random: seededRandom(seed) })
    expect(await fit(1)).toEqual(await fit(1))
    expect(await fit(1)).not.toEqual(await fit(2))
  })

  test('fitTrees() scores its own rows as predictTrees() does, drawn for a tree or not', async () => {
    const { columns, labels } = mixedRows(500, 7)
    const params = { ...small, rounds: 30, rowShare: 0.5, leaves: 12, minLeafRows: 5 }
    const { ensemble, trainingLoss } = await fitTrees(columns, binary(labels), { params, random: seededRandom(2) })
    const losses = predict(ensemble, columns).map((score, i) => Math.log1p(Math.exp(labels[i] ? -score : score)))
    expect(trainingLoss).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 500, 10)
  })

  test('fitTrees() keeps within its leaves, depth and rows per leaf', async () => {
    const { columns, numbers } = mixedRows(500, 8)
    const limits = fc.record({
      leaves: fc.integer({ min: 2, max: 20 }),
      maxDepth: fc.integer({ min: 1, max: 5 }),
      minLeafRows: fc.integer({ min: 1, max: 60 }),
    })
    await fc.assert(
      fc.asyncProperty(limits, async (limit) => {
        const { trees } = await grow(columns, regression(numbers), { ...limit, rounds: 2 })
        for (const tree of trees) {
          const leaves = tree.filter((node) => node.kind === 'leaf')
          expect(leaves.length).toBeLessThanOrEqual(Math.min(limit.leaves, 2 ** limit.maxDepth))
          expect(Math.min(...leaves.map((leaf) => leaf.rows))).toBeGreaterThanOrEqual(limit.minLeafRows)
          expect(leaves.reduce((sum, leaf) => sum + leaf.rows, 0)).toBe(500)
        }
      }),
      { numRuns: 15 },
    )
  })
})

describe('what is learned', () => {
  test.each([
    { name: 'above', missing: 5, missingLeft: false },
    { name: 'below', missing: 0, missingLeft: true },
  ])('fitTrees() sends missing values $name, where rows like them are', async ({ missing, missingLeft }) => {
    const x = times(90, (i) => (i % 3 === 2 ? NaN : i % 3))
    const ensemble = await grow(
      [numeric(x)],
      regression(x.map((value) => (Number.isNaN(value) ? missing : value * 5))),
      stump,
    )
    expect(rootOf(ensemble)).toMatchObject({ kind: 'threshold', threshold: 0.5, missingLeft })
  })

  test('fitTrees() parts missing values from all others, even in a column that has but one value', async () => {
    const x = times(60, (i) => (i % 4 ? 7 : NaN))
    const ensemble = await grow([numeric(x)], regression(x.map((value) => (Number.isNaN(value) ? 1 : 3))), stump)
    expect(predict(ensemble, [numeric([7, NaN, -1e30, 1e30])])).toEqual([3, 1, 3, 3])
  })

  test('fitTrees() finds the categories that matter, and treats one never seen like the rest', async () => {
    const random = seededRandom(9)
    const special = [3, 17, 18, 41]
    const codes = times(4000, () => random.int(50))
    const target = regression(codes.map((code) => (special.includes(code) ? 4 : 0) + random.normal()))
    const ensemble = await grow([numeric(codes.map(() => random.normal())), categorical(codes, 50)], target, {
      ...defaultTreeParams,
      rounds: 1,
      learningRate: 1,
    })
    expect(rootOf(ensemble)).toMatchObject({ kind: 'categories', feature: 1, codes: special })
    const [common, unseen, missing] = predict(ensemble, [numeric([0, 0, 0]), categorical([5, 50, -1], 50)]) as [
      number,
      number,
      number,
    ]
    expect(Math.abs(unseen)).toBeLessThan(1)
    expect(Math.abs(unseen - common)).toBeLessThan(1)
    expect(missing).toBe(unseen)
  })

  test('fitTrees() takes a missing category for one of its own', async () => {
    const codes = times(300, (i) => (i % 10) - 1)
    const ensemble = await grow([categorical(codes, 9)], regression(codes.map((code) => (code < 0 ? 6 : 1))), {
      ...stump,
      categoryL2: 0,
    })
    expect(rootOf(ensemble)).toMatchObject({ kind: 'categories', codes: [-1] })
  })

  test('fitTrees() tries few categories one against the rest', async () => {
    const codes = times(90, (i) => i % 3)
    const ensemble = await grow(
      [categorical(codes, 3)],
      regression(codes.map((code) => [0, 9, 1][code] as number)),
      stump,
    )
    expect(rootOf(ensemble)).toMatchObject({ kind: 'categories', codes: [1] })
  })

  test('fitTrees() tells three classes apart', async () => {
    const x = times(300, (i) => i % 30)
    const labels = Int32Array.from(x, (value) => Math.floor(value / 10))
    const ensemble = await grow([numeric(x)], { kind: 'multiclass', labels, classCount: 3 }, { rounds: 10 })
    const scores = predict(ensemble, [numeric(x)])
    expect(ensemble).toMatchObject({ outputs: 3, trees: { length: 30 } })
    expect(
      labels.every((label, row) => Math.max(...scores.slice(row * 3, row * 3 + 3)) === scores[row * 3 + label]),
    ).toBe(true)
  })
})

describe('when it stops', () => {
  test('fitTrees() keeps the rounds of least validation loss, and none where there is only noise', async () => {
    const random = seededRandom(10)
    const noise = [numeric(times(400, () => random.normal()))]
    const params = { ...small, rounds: 500, validationShare: 0.3, patience: 5, learningRate: 0.5 }
    const done: number[] = []
    const fit = await fitTrees(noise, binary(times(400, () => random.int(2))), {
      params,
      random,
      onRound: (round) => done.push(round.done),
    })
    expect(fit.rounds).toBeLessThan(5)
    expect(fit.ensemble.trees).toHaveLength(fit.rounds)
    expect(done).toEqual(times(fit.rounds + 5, (i) => i + 1))
  })

  test('fitTrees() ends when nothing is left to split', async () => {
    const fit = await fitTrees([numeric(times(30, () => 1))], regression(times(30, (i) => i)), {
      params: small,
      random: seededRandom(1),
    })
    expect(fit).toMatchObject({ rounds: 0, ensemble: { trees: [], initial: [14.5] } })
  })

  test('fitTrees() stops at the next round when told to', async () => {
    const { columns, labels } = mixedRows(200, 11)
    const controller = new AbortController()
    const done: number[] = []
    const onRound = (round: { done: number }) => {
      if (done.push(round.done) === 3) controller.abort(new Error('enough'))
    }
    const fit = fitTrees(columns, binary(labels), {
      params: small,
      random: seededRandom(1),
      signal: controller.signal,
      onRound,
    })
    await expect(fit).rejects.toThrow('enough')
    expect(done).toEqual([1, 2, 3])
  })
})

test.each([
  { columns: [numeric([])], target: regression([]), weights: undefined, message: /there are no rows/ },
  { columns: [numeric([1])], target: regression([1, 2]), weights: undefined, message: /'x' has 1 rows, the target 2/ },
  { columns: [numeric([1])], target: regression([1]), weights: new Float64Array(3), message: /there are 3 weights/ },
])('fitTrees() refuses rows that do not fit together: $message', async ({ columns, target, weights, message }) => {
  await expect(fitTrees(columns, target, { params: small, random: seededRandom(1), weights })).rejects.toThrow(message)
})
