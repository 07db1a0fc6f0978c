import { gaussLegendre } from './gauss-legendre.ts'
import type { Quadrature } from './gauss-legendre.ts'
import type { ExplainedTree } from './read-trees.ts'

/** Mean of a tree over its training rows: Σ value · rows / all rows, over the leaves. */
export function expectedValue({ feature, value, rows }: ExplainedTree): number {
  let sum = 0
  for (let node = 0; node < feature.length; node++)
    if ((feature[node] as number) < 0) sum += (value[node] as number) * (rows[node] as number)
  return (rows[0] as number) > 0 ? sum / (rows[0] as number) : (value[0] as number)
}

/**
 * Makes the function that adds the Shapley values of one row: those of TreeSHAP with path-dependent expectation (of a
 * feature that is not known, both branches are taken, each by its share of the training rows).
 *
 * A leaf of value v below features j adds to each of them φᵢ = v (oᵢ − zᵢ) ∫₀¹ Πⱼ≠ᵢ (zⱼ (1 − t) + oⱼ t) dt, with zⱼ the
 * share of the training rows that pass the splits by j and oⱼ 1 where the row passes them, else 0: for the weight of a
 * set of s of D others, s! (D − s)! / (D + 1)!, is ∫ tˢ (1 − t)ᴰ⁻ˢ dt. That polynomial of degree < D is integrated
 * exactly by D / 2 points. All its terms are ≥ 0, so that no digit is lost, where EXTEND and UNWIND of the original lose
 * them all below some dozens of features.
 *
 * With D the most different features above a leaf and L leaves, time is O(L D) a row and tree. The values of a tree sum
 * to its answer less its {@link expectedValue}. A feature that no split asks for gets exactly 0.
 *
 * @returns a function of the row's features, shape [features], NaN where missing, and of what is added to: for each
 * output one array, shape [features]
 * @see Lundberg, Erion & Lee (2018), Consistent Individualized Feature Attribution for Tree Ensembles, arXiv:1802.03888
 * @see Yu et al. (2022), Linear TreeShap, arXiv:2209.08192: sums over subtrees in place of leaves
 */
export function treeShap(
  trees: readonly ExplainedTree[],
): (row: ArrayLike<number>, into: readonly Float64Array[]) => void {
  const quadratures = new Map<number, Quadrature>()
  const features = trees.reduce((most, { feature }) => feature.reduce((a, b) => Math.max(a, b + 1), most), 0)
  const zero = new Float64Array(features).fill(1)
  const one = new Float64Array(features).fill(1)
  const walks = trees.map((tree): Walk => {
    const points = Math.max(1, Math.ceil(differentFeatures(tree) / 2))
    const quadrature = quadratures.get(points) ?? gaussLegendre(points)
    quadratures.set(points, quadrature)
    const levels = 1 + tree.level.reduce((most, level) => Math.max(most, level), 0)
    return { tree, ...quadrature, zero, one, ...emptyLevels(levels, points) }
  })
  return (row, into) => {
    for (const walk of walks) addTree(walk, row, into[walk.tree.target] as Float64Array)
  }
}

/** Most different features above a leaf. */
function differentFeatures({ feature, parent }: ExplainedTree): number {
  /** Whether the split of a node is the first by its feature on the way from the root. */
  const isFirst = (node: number): boolean => {
    for (let above = parent[node] as number; above >= 0; above = parent[above] as number)
      if (feature[above] === feature[node]) return false
    return true
  }
  const counts = new Int32Array(feature.length)
  feature.forEach((own, node) => {
    counts[node] = (node > 0 ? (counts[parent[node] as number] as number) : 0) + (own >= 0 && isFirst(node) ? 1 : 0)
  })
  return counts.reduce((most, count) => Math.max(most, count), 0)
}

interface Walk extends Quadrature, Levels {
  readonly tree: ExplainedTree
  /** Of each feature above the node, z and o; 1 and 1 where there is none of it yet, which changes nothing. */
  readonly zero: Float64Array
  readonly one: Float64Array
}

/** What is known of the node on the way at each level. */
interface Levels {
  readonly node: Int32Array
  /** 1 where the row is one of which the node's comparison is true. */
  readonly isTrue: Uint8Array
  /** What `zero` and `one` were above the node for the feature that its parent splits by. */
  readonly zeroAbove: Float64Array
  readonly oneAbove: Float64Array
  /** Π (z (1 − t) + o t) over the features above the node, shape [levels × points]. */
  readonly products: Float64Array
  /** Σ value · product over the leaves below it, shape [levels × points]. */
  readonly sums: Float64Array
}

const emptyLevels = (levels: number, points: number): Levels => ({
  node: new Int32Array(levels),
  isTrue: new Uint8Array(levels),
  zeroAbove: new Float64Array(levels),
  oneAbove: new Float64Array(levels),
  products: new Float64Array(levels * points),
  sums: new Float64Array(levels * points),
})

/** Goes through the nodes in their order, always leaving those that the next one is not below of. */
function addTree(walk: Walk, row: ArrayLike<number>, into: Float64Array): void {
  const { tree, products, points } = walk
  const { feature } = tree
  products.fill(1, 0, points.length)
  arrive(walk, 0, row)
  let deepest = 0
  for (let node = 1; node < feature.length; node++) {
    const level = tree.level[node] as number
    for (; deepest >= level; deepest--) leave(walk, deepest, into)
    // Nothing below a branch that was not entered is.
    if (deepest < level - 1 || !enter(walk, node)) continue
    arrive(walk, node, row)
    deepest = level
  }
  for (; deepest > 0; deepest--) leave(walk, deepest, into)
}

/** Starts the sums of a node, and compares the row where the node splits. */
function arrive(
  { tree, isTrue, node: nodes, products, sums, points }: Walk,
  node: number,
  row: ArrayLike<number>,
): void {
  const level = tree.level[node] as number
  const from = level * points.length
  const feature = tree.feature[node] as number
  // A leaf's value; 0 of a split.
  const value = tree.value[node] as number
  for (let q = from; q < from + points.length; q++) sums[q] = value * (products[q] as number)
  nodes[level] = node
  if (feature >= 0) isTrue[level] = Number(goesTrue(tree, node, row[feature] as number))
}

/**
 * Goes from a node's parent to it: what is known of the feature that the parent splits by is narrowed.
 * @returns false where no set of known features leads there: neither does the row, nor did any training row
 */
function enter(walk: Walk, node: number): boolean {
  const { tree, products, points, zero, one, zeroAbove, oneAbove } = walk
  const parent = tree.parent[node] as number
  const level = tree.level[node] as number
  const feature = tree.feature[parent] as number
  const [above, oneBefore] = [zero[feature] as number, one[feature] as number]
  const rows = tree.rows[parent] as number
  const z = above * (rows > 0 ? (tree.rows[node] as number) / rows : 0.5)
  const passes = (walk.isTrue[level - 1] === 1) === (node === parent + 1)
  const o = passes ? oneBefore : 0
  if (z === 0 && o === 0) return false
  const count = points.length
  for (let q = 0, below = level * count; q < count; q++, below++) {
    const t = points[q] as number
    // z (1 − t) + o t, in place of what stood there for the feature.
    products[below] = ((products[below - count] as number) * (z + (o - z) * t)) / (above + (oneBefore - above) * t)
  }
  zeroAbove[level] = above
  oneAbove[level] = oneBefore
  zero[feature] = z
  one[feature] = o
  return true
}

/**
 * Goes back up, and adds what the leaves below owe to the feature that led to them. Where that feature stands further up
 * too, they are counted there with the fraction of that place, which is taken back here.
 */
function leave(walk: Walk, level: number, into: Float64Array): void {
  const { tree, sums, points, weights, zero, one } = walk
  const feature = tree.feature[tree.parent[walk.node[level] as number] as number] as number
  const [z, above] = [zero[feature] as number, walk.zeroAbove[level] as number]
  const slope = (one[feature] as number) - z
  const slopeAbove = (walk.oneAbove[level] as number) - above
  const count = points.length
  let added = 0
  for (let q = 0, below = level * count; q < count; q++, below++) {
    const t = points[q] as number
    const sum = sums[below] as number
    added += (weights[q] as number) * sum * (slope / (z + slope * t) - slopeAbove / (above + slopeAbove * t))
    sums[below - count] = (sums[below - count] as number) + sum
  }
  into[feature] = (into[feature] as number) + added
  zero[feature] = above
  one[feature] = walk.oneAbove[level] as number
}

function goesTrue(tree: ExplainedTree, node: number, value: number): boolean {
  const members = tree.members[node]
  if (members) return members.has(value)
  return Number.isNaN(value) ? tree.missingTrue[node] === 1 : value <= (tree.threshold[node] as number)
}
