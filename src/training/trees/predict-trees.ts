import type { Tree, TreeColumn, TreeEnsemble } from './schema.ts'

/**
 * The scores of an ensemble for every row: its start plus one leaf value a tree, in float64.
 * @param columns one a feature of the ensemble, in order, all of one length
 * @param rowCount rows of the columns
 * @returns shape [rows × outputs], row-major
 */
export function predictTrees(ensemble: TreeEnsemble, columns: readonly TreeColumn[], rowCount: number): Float64Array {
  const { outputs } = ensemble
  const trees = ensemble.trees.map(flatTree)
  const scores = new Float64Array(rowCount * outputs)
  for (let i = 0; i < scores.length; i++) scores[i] = ensemble.initial[i % outputs] as number
  const block = new Float32Array(blockRows * columns.length)
  for (let from = 0; from < rowCount; from += blockRows) {
    const to = Math.min(rowCount, from + blockRows)
    columns.forEach((column, feature) => copyColumn(column, { block, from, to, feature, width: columns.length }))
    trees.forEach((tree, place) => {
      const first = from * outputs + (place % outputs)
      for (let row = 0; row < to - from; row++) {
        const at = first + row * outputs
        scores[at] = (scores[at] as number) + leafValue(tree, block, row * columns.length)
      }
    })
  }
  return scores
}

/** Rows that are taken through all trees while they are close at hand. */
const blockRows = 256

/** A tree as flat arrays by node. */
interface FlatTree {
  /** −1 for a leaf. */
  readonly feature: Int32Array
  readonly threshold: Float32Array
  readonly missingLeft: Uint8Array
  /** For a split by categories the codes that go left, each + 1, as a set of bits. */
  readonly sets: readonly (Uint32Array | undefined)[]
  readonly left: Int32Array
  readonly right: Int32Array
  readonly value: Float64Array
}

function flatTree(tree: Tree): FlatTree {
  const of = <T extends number>(value: (node: Tree[number]) => T): readonly T[] => tree.map(value)
  return {
    feature: Int32Array.from(of((node) => (node.kind === 'leaf' ? -1 : node.feature))),
    threshold: Float32Array.from(of((node) => (node.kind === 'threshold' ? node.threshold : 0))),
    missingLeft: Uint8Array.from(of((node) => (node.kind === 'threshold' && node.missingLeft ? 1 : 0))),
    sets: tree.map((node) => (node.kind === 'categories' ? bitSet(node.codes) : undefined)),
    left: Int32Array.from(of((node) => (node.kind === 'leaf' ? 0 : node.left))),
    right: Int32Array.from(of((node) => (node.kind === 'leaf' ? 0 : node.right))),
    value: Float64Array.from(of((node) => (node.kind === 'leaf' ? node.value : 0))),
  }
}

function bitSet(codes: readonly number[]): Uint32Array {
  const words = new Uint32Array((Math.max(...codes) + 1 + 32) >> 5)
  for (const code of codes) words[(code + 1) >> 5] = (words[(code + 1) >> 5] as number) | (1 << ((code + 1) & 31))
  return words
}

/** The value of the leaf that the row starting at `from` falls into. */
function leafValue(tree: FlatTree, block: Float32Array, from: number): number {
  let node = 0
  for (;;) {
    const feature = tree.feature[node] as number
    if (feature < 0) return tree.value[node] as number
    const value = block[from + feature] as number
    const set = tree.sets[node]
    const goesLeft = set ? has(set, value + 1) : isBelow(tree, node, value)
    node = (goesLeft ? tree.left[node] : tree.right[node]) as number
  }
}

function isBelow(tree: FlatTree, node: number, value: number): boolean {
  return Number.isNaN(value) ? tree.missingLeft[node] === 1 : value <= (tree.threshold[node] as number)
}

function has(set: Uint32Array, bit: number): boolean {
  const word = set[bit >> 5]
  return word !== undefined && ((word >>> (bit & 31)) & 1) === 1
}

interface BlockPart {
  readonly block: Float32Array
  readonly from: number
  readonly to: number
  readonly feature: number
  readonly width: number
}

function copyColumn(column: TreeColumn, { block, from, to, feature, width }: BlockPart): void {
  const cells = column.kind === 'numeric' ? column.values : column.codes
  for (let row = from, at = feature; row < to; row++, at += width) block[at] = cells[row] as number
}
