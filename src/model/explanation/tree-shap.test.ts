import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectedValue, treeShap } from './tree-shap.ts'
import type { ExplainedTree } from './read-trees.ts'

/** A tree as a test writes it: a leaf is [value, rows]. */
type Written =
  | readonly [value: number, rows: number]
  | { readonly feature: number; readonly at: number | readonly number[]; readonly yes: Written; readonly no: Written }

function treeOf(written: Written, missingTrue = 0): ExplainedTree {
  const nodes: { written: Written; parent: number; level: number; rows: number }[] = []
  const add = (part: Written, { parent, level }: { parent: number; level: number }): number => {
    const node = { written: part, parent, level, rows: 0 }
    const place = nodes.push(node) - 1
    const below = { parent: place, level: level + 1 }
    node.rows = isLeaf(part) ? part[1] : add(part.yes, below) + add(part.no, below)
    return node.rows
  }
  add(written, { parent: -1, level: 0 })
  const splits = nodes.map(({ written: part }) => (isLeaf(part) ? undefined : part))
  return {
    target: 0,
    feature: Int32Array.from(splits, (split) => split?.feature ?? -1),
    threshold: Float64Array.from(splits, (split) => (typeof split?.at === 'number' ? split.at : 0)),
    missingTrue: Uint8Array.from(nodes, () => missingTrue),
    members: splits.map((split) => (typeof split?.at === 'object' ? new Set(split.at) : undefined)),
    parent: Int32Array.from(nodes, ({ parent }) => parent),
    level: Int32Array.from(nodes, ({ level }) => level),
    value: Float64Array.from(nodes, ({ written: part }) => (isLeaf(part) ? part[0] : 0)),
    rows: Float64Array.from(nodes, ({ rows }) => rows),
  }
}

const isLeaf = (part: Written): part is readonly [number, number] => Array.isArray(part)

/** Answer of a tree of which only some features of a row are known, straight from the definition. */
function expectation(
  tree: ExplainedTree,
  row: readonly number[],
  known: (feature: number) => boolean,
  node = 0,
): number {
  const feature = tree.feature[node] as number
  if (feature < 0) return tree.value[node] as number
  const [yes, no] = [node + 1, tree.parent.lastIndexOf(node)]
  if (known(feature)) {
    const value = row[feature] as number
    const set = tree.members[node]
    const isTrue = set
      ? set.has(value)
      : Number.isNaN(value)
        ? tree.missingTrue[node] === 1
        : value <= (tree.threshold[node] as number)
    return expectation(tree, row, known, isTrue ? yes : no)
  }
  const share = (child: number): number => (tree.rows[child] as number) / (tree.rows[node] as number)
  return share(yes) * expectation(tree, row, known, yes) + share(no) * expectation(tree, row, known, no)
}

/** Shapley values over all subsets: Σ |S|! (M − |S| − 1)! / M! · (f(S ∪ i) − f(S)). */
function bruteForce(tree: ExplainedTree, row: readonly number[]): number[] {
  const count = row.length
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
  const of = (set: number): number => expectation(tree, row, (feature) => ((set >> feature) & 1) === 1)
  return row.map((_, feature) => {
    let sum = 0
    for (let set = 0; set < 1 << count; set++) {
      if ((set >> feature) & 1) continue
      const size = Array.from({ length: count }, (__, i) => (set >> i) & 1).reduce((a, b) => a + b, 0)
      const weight = (factorial(size) * factorial(count - size - 1)) / factorial(count)
      sum += weight * (of(set | (1 << feature)) - of(set))
    }
    return sum
  })
}

function shap(tree: ExplainedTree, row: readonly number[]): number[] {
  const into = new Float64Array(row.length)
  treeShap([tree])(row, [into])
  return [...into]
}

const features = 5
const leaf = fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: 1, max: 50 }))
const split = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.uniqueArray(fc.integer({ min: -1, max: 3 })))
const { tree: anyWritten } = fc.letrec<{ tree: Written }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, depthSize: 'large' },
    leaf,
    fc.record({ feature: fc.nat(features - 1), at: split, yes: tie('tree'), no: tie('tree') }),
  ),
}))
const anyRow = fc.array(fc.constantFrom(NaN, -1, 0, 1, 2, 3, 4), { minLength: features, maxLength: features })

describe('treeShap()', () => {
  test('is the definition over all subsets, for any tree, also one that asks for a feature twice', () => {
    fc.assert(
      fc.property(anyWritten, anyRow, fc.nat(1), (written, row, missingTrue) => {
        const tree = treeOf(written, missingTrue)
        const expected = bruteForce(tree, row)
        shap(tree, row).forEach((value, feature) => expect(value).toBeCloseTo(expected[feature] as number, 9))
      }),
      { numRuns: 500 },
    )
  })

  test('sums to the answer less the expected value', () => {
    fc.assert(
      fc.property(anyWritten, anyRow, (written, row) => {
        const tree = treeOf(written)
        const sum = shap(tree, row).reduce((total, value) => total + value, 0)
        expect(sum + expectedValue(tree)).toBeCloseTo(
          expectation(tree, row, () => true),
          9,
        )
      }),
    )
  })

  test('shares what two features do only together, and gives nothing to a third', () => {
    // 1 where both are 1, each a coin: the expected value is 1/4, and the 3/4 are shared.
    const coin = (feature: number, yes: Written, no: Written): Written => ({ feature, at: 0, yes, no })
    const and = treeOf(coin(0, [0, 2], coin(1, [0, 1], [1, 1])))
    expect(expectedValue(and)).toBe(0.25)
    expect(shap(and, [1, 1, 7])).toEqual([expect.closeTo(0.375, 12), expect.closeTo(0.375, 12), 0])
  })

  test('is, by hand, 30 and 35 for a fever and a cough that are worth 80 together and the cough 10 alone', () => {
    // Model B of Lundberg et al. (2018), figure 1, each symptom a coin: 0, 10, 0 and 90, in the mean 25.
    const tree = treeOf({
      feature: 0,
      at: 0,
      yes: { feature: 1, at: 0, yes: [0, 1], no: [10, 1] },
      no: { feature: 1, at: 0, yes: [0, 1], no: [90, 1] },
    })
    // The fever first adds 45 − 25, then the cough 90 − 45; the cough first adds 50 − 25, then the fever 90 − 50.
    expect(expectedValue(tree)).toBe(25)
    expect(shap(tree, [1, 1])).toEqual([expect.closeTo(30, 12), expect.closeTo(35, 12)])
  })

  test('takes a branch that no training row took as one that an unknown value never takes', () => {
    const tree = treeOf({ feature: 0, at: 0, yes: [5, 4], no: { feature: 1, at: 0, yes: [1, 0], no: [2, 0] } })
    expect(shap(tree, [0, 0])).toEqual([0, 0])
    expect(shap(tree, [1, 1]).reduce((a, b) => a + b)).toBeCloseTo(2 - 5, 12)
  })

  test('keeps its digits in a chain of 300 splits', () => {
    let chain: Written = [1, 1]
    for (let level = 0; level < 300; level++)
      chain = { feature: level % 40, at: 299 - level, yes: chain, no: [level / 7, 3] }
    const tree = treeOf(chain)
    const row = Array.from({ length: 40 }, (_, feature) => (feature === 17 ? 250 : -1))
    const sum = shap(tree, row).reduce((total, value) => total + value, 0)
    expect(sum + expectedValue(tree)).toBeCloseTo(
      expectation(tree, row, () => true),
      9,
    )
  })
})
