import type { FeatureSpan, RowLayout } from './row-layout.ts'
import type { TreeNode, TreeParams, Tree } from './schema.ts'
import { leafGain } from './split.ts'
import type { LeafSums, Split } from './split.ts'
import { splitCategorical } from './split-categorical.ts'
import { splitNumeric } from './split-numeric.ts'
import type { TreeKernels } from './tree-kernels.ts'
import type { TreeMemory } from './tree-memory.ts'

/** What a tree is grown with. */
export interface TreeGrower {
  readonly layout: RowLayout
  readonly memory: TreeMemory
  readonly kernels: TreeKernels
  readonly params: TreeParams
}

/** A grown tree and the address ranges of the rows in each of its leaves. */
export interface GrownTree {
  readonly tree: Tree
  readonly leaves: readonly { readonly value: number; readonly ranges: readonly RowRange[] }[]
}

/** Addresses into the row numbers, `to` exclusive. */
interface RowRange {
  readonly from: number
  readonly to: number
}

/**
 * Grows one tree leaf by leaf, always splitting where the loss falls most.
 *
 * The row numbers in memory hold `activeRows` rows to learn from, then the others, which only find their leaf. Of two
 * new leaves only the smaller one is summed up; the other is what remains of their parent.
 *
 * @param draw.spans places of the columns that this tree may use
 */
export function growTree(
  grower: TreeGrower,
  draw: { readonly activeRows: number; readonly spans: readonly number[] },
): GrownTree {
  const { memory, params } = grower
  const middle = memory.at.rows + 4 * draw.activeRows
  const end = memory.at.rows + 4 * memory.rows.length
  const free = Array.from({ length: params.leaves }, (_, slot) => slot).toReversed()
  const root = rootLeaf(grower, { active: { from: memory.at.rows, to: middle }, passive: { from: middle, to: end } })
  root.slot = free.pop() as number
  const nodes: TreeNode[] = [placeholder]
  const leaves: Leaf[] = [root]
  sumUp(grower, root)
  root.sums = totalsOf(grower, root)
  root.split = findSplit(grower, root, draw.spans)
  while (leaves.length < params.leaves) {
    const leaf = leaves.reduce((best, other) => (gainOf(other) > gainOf(best) ? other : best))
    if (!leaf.split) break
    const children = splitLeaf(grower, leaf, nodes)
    leaves.splice(leaves.indexOf(leaf), 1, ...children)
    if (leaves.length === params.leaves) break
    shareHistogram(grower, { leaf, children, free })
    for (const child of children) {
      if (child.slot >= 0) child.split = findSplit(grower, child, draw.spans)
      if (child.slot >= 0 && !child.split) free.push(child.slot)
    }
  }
  return finish(leaves, nodes, params)
}

interface Leaf {
  readonly node: number
  readonly active: RowRange
  readonly passive: RowRange
  readonly depth: number
  sums: LeafSums
  /** Penalty on the value, from the split above. */
  readonly l2: number
  /** Place of the histogram, −1 where there is none. */
  slot: number
  split: Split | undefined
}

const placeholder: TreeNode = { kind: 'leaf', value: 0, rows: 0 }

function rootLeaf({ params }: TreeGrower, ranges: { readonly active: RowRange; readonly passive: RowRange }): Leaf {
  const sums = { gradient: 0, hessian: 0, rows: 0 }
  return { node: 0, ...ranges, depth: 0, sums, l2: params.l2, slot: -1, split: undefined }
}

const rowsIn = ({ from, to }: RowRange): number => (to - from) / 4

const gainOf = (leaf: Leaf): number => leaf.split?.gain ?? -Infinity

function sumUp({ memory, kernels, layout }: TreeGrower, leaf: Leaf): void {
  const size = layout.binCount * 2
  memory.histograms.fill(0, leaf.slot * size, (leaf.slot + 1) * size)
  kernels.addToHistogram(leaf.active.from, leaf.active.to, memory.at.histograms + leaf.slot * size * 8)
}

/** Sums over all rows of a leaf: over the bins of any one column. */
function totalsOf({ memory, layout }: TreeGrower, leaf: Leaf): LeafSums {
  const from = leaf.slot * layout.binCount * 2
  let gradient = 0
  let hessian = 0
  for (let bin = 0; bin < (layout.spans[0] as FeatureSpan).bins.binCount; bin++) {
    gradient += memory.histograms[from + 2 * bin] as number
    hessian += memory.histograms[from + 2 * bin + 1] as number
  }
  return { gradient, hessian, rows: rowsIn(leaf.active) }
}

/** Gives a leaf's histogram to the larger child, without what is the smaller one's. */
function shareHistogram(
  grower: TreeGrower,
  { leaf, children, free }: { readonly leaf: Leaf; readonly children: readonly [Leaf, Leaf]; readonly free: number[] },
): void {
  const [left, right] = children
  if (!children.some((child) => canSplit(grower, child))) {
    free.push(leaf.slot)
    return
  }
  const [smaller, larger] = left.sums.rows < right.sums.rows ? [left, right] : [right, left]
  smaller.slot = free.pop() as number
  larger.slot = leaf.slot
  sumUp(grower, smaller)
  const bytes = grower.layout.binCount * 16
  const from = grower.memory.at.histograms + larger.slot * bytes
  grower.kernels.subtractHistogram(from, from + bytes, grower.memory.at.histograms + smaller.slot * bytes)
}

function canSplit({ params }: TreeGrower, { depth, sums }: Leaf): boolean {
  return (params.maxDepth === 0 || depth < params.maxDepth) && sums.rows >= 2 * params.minLeafRows
}

function findSplit(grower: TreeGrower, leaf: Leaf, spans: readonly number[]): Split | undefined {
  if (!canSplit(grower, leaf) || !(leaf.sums.hessian > 0)) return undefined
  const { layout, memory, params } = grower
  const from = leaf.slot * layout.binCount * 2
  let best: Split | undefined
  for (const place of spans) {
    const { bins, firstBin } = layout.spans[place] as FeatureSpan
    const column = { sums: memory.histograms, from: from + firstBin * 2, binCount: bins.binCount, span: place }
    const split = (bins.kind === 'numeric' ? splitNumeric : splitCategorical)(column, leaf.sums, params)
    if (split && split.gain > (best?.gain ?? 0)) best = split
  }
  const { gradient, hessian } = leaf.sums
  const isReal = best && best.gain > leastRelativeGain * (best.gain + leafGain(gradient, hessian, params.l2))
  return isReal ? best : undefined
}

/** Gains below this share of all that a leaf explains are rounding. */
const leastRelativeGain = 1e-10

function splitLeaf(grower: TreeGrower, leaf: Leaf, nodes: TreeNode[]): readonly [Leaf, Leaf] {
  const split = leaf.split as Split
  const span = grower.layout.spans[split.span] as FeatureSpan
  markLeftBins(grower, span, split)
  const part = ({ from, to }: RowRange): readonly [RowRange, RowRange] => {
    const column = grower.memory.at.bins + span.rowByte
    // WebAssembly hands its addresses back as signed numbers.
    const middle = grower.kernels[span.isWide ? 'partitionWide' : 'partitionNarrow'](from, to, column) >>> 0
    return [
      { from, to: middle },
      { from: middle, to },
    ]
  }
  const [leftActive, rightActive] = part(leaf.active)
  const [leftPassive, rightPassive] = part(leaf.passive)
  const left = nodes.length
  nodes[leaf.node] = innerNode(span, { split, left, rows: leaf.sums.rows })
  nodes.push(placeholder, placeholder)
  const shared = { depth: leaf.depth + 1, l2: split.l2, slot: -1, split: undefined }
  const { leftGradient: gradient, leftHessian: hessian } = split
  const { sums } = leaf
  const rest = { gradient: sums.gradient - gradient, hessian: sums.hessian - hessian, rows: rowsIn(rightActive) }
  return [
    {
      ...shared,
      node: left,
      active: leftActive,
      passive: leftPassive,
      sums: { gradient, hessian, rows: rowsIn(leftActive) },
    },
    { ...shared, node: left + 1, active: rightActive, passive: rightPassive, sums: rest },
  ]
}

function markLeftBins({ memory: { goesLeft } }: TreeGrower, { bins }: FeatureSpan, split: Split): void {
  goesLeft.fill(0, 0, bins.binCount)
  if (split.kind === 'categories') for (const bin of split.leftBins) goesLeft[bin] = 4
  else {
    goesLeft.fill(4, 1, split.lastLeftBin + 1)
    if (split.missingLeft) goesLeft[0] = 4
  }
}

function innerNode(
  { feature, bins }: FeatureSpan,
  { split, left, rows }: { readonly split: Split; readonly left: number; readonly rows: number },
): TreeNode {
  const shared = { feature, left, right: left + 1, rows, gain: split.gain }
  if (bins.kind === 'numeric' && split.kind === 'threshold') {
    // A split of the missing from all others has no threshold: everything lies below infinity.
    const threshold = bins.thresholds[split.lastLeftBin - 1] ?? Infinity
    return { kind: 'threshold', threshold, missingLeft: split.missingLeft, ...shared }
  }
  if (bins.kind === 'categorical' && split.kind === 'categories') {
    const codes = split.leftBins.map((bin) => (bin === 0 ? -1 : (bins.codes[bin - 1] as number)))
    return { kind: 'categories', codes: codes.sort((a, b) => a - b), ...shared }
  }
  throw new TypeError(`Cannot grow a tree: a ${bins.kind} column was split by ${split.kind}`)
}

function finish(leaves: readonly Leaf[], nodes: TreeNode[], { learningRate }: TreeParams): GrownTree {
  const valued = leaves.map(({ node, sums, l2, active, passive }) => {
    const divisor = sums.hessian + l2
    const value = divisor > 0 ? (-sums.gradient / divisor) * learningRate : 0
    nodes[node] = { kind: 'leaf', value, rows: sums.rows }
    return { value, ranges: [active, passive] }
  })
  return { tree: nodes, leaves: valued }
}
