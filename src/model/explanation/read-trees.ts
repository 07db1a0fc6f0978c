import type { GraphParts, OperatorAttributes } from './graph-parts.ts'

/**
 * A tree of the operator TreeEnsemble in flat arrays, by node. A node stands before all that is below it, the branch that
 * is taken where its comparison is true before the other one: the true branch of node n is node n + 1.
 */
export interface ExplainedTree {
  /** The output that its leaves add to. */
  readonly target: number
  /** The feature that a node splits by; −1 for a leaf. */
  readonly feature: Int32Array
  /** True where the value is at most this. */
  readonly threshold: Float64Array
  /** 1 where it is true of a missing value. */
  readonly missingTrue: Uint8Array
  /** The codes of which it is true, for a split by categories. */
  readonly members: readonly (ReadonlySet<number> | undefined)[]
  /** −1 of the root. */
  readonly parent: Int32Array
  /** Splits above the node. */
  readonly level: Int32Array
  /** What a leaf adds. */
  readonly value: Float64Array
  /** Training rows that reached the node. */
  readonly rows: Float64Array
}

/**
 * Reads the trees of a graph's TreeEnsemble.
 * @param leafRows training rows in each leaf, in the order of the operator's leaves
 * @see https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html
 */
export function readTrees(graph: GraphParts, leafRows: readonly number[]): readonly ExplainedTree[] {
  const operator = graph.operator('TreeEnsemble')
  const arrays = readArrays(operator, leafRows)
  return operator.ints('tree_roots').map((root) => readTree(arrays, root))
}

/** The operator's arrays: one place an inner node, and for leaves one a leaf. */
interface Arrays {
  readonly features: readonly number[]
  readonly splits: ArrayLike<number>
  readonly missingTrue: readonly number[]
  readonly members: readonly (ReadonlySet<number> | undefined)[]
  readonly trueIds: readonly number[]
  readonly trueLeaves: readonly number[]
  readonly falseIds: readonly number[]
  readonly falseLeaves: readonly number[]
  readonly leafTargets: readonly number[]
  readonly leafWeights: ArrayLike<number>
  readonly leafRows: readonly number[]
}

function readArrays(operator: OperatorAttributes, leafRows: readonly number[]): Arrays {
  return {
    features: operator.ints('nodes_featureids'),
    splits: operator.tensor('nodes_splits'),
    missingTrue: operator.ints('nodes_missing_value_tracks_true'),
    members: readMembers(operator.tensor('nodes_modes'), operator.tensor('membership_values')),
    trueIds: operator.ints('nodes_truenodeids'),
    trueLeaves: operator.ints('nodes_trueleafs'),
    falseIds: operator.ints('nodes_falsenodeids'),
    falseLeaves: operator.ints('nodes_falseleafs'),
    leafTargets: operator.ints('leaf_targetids'),
    leafWeights: operator.tensor('leaf_weights'),
    leafRows,
  }
}

const memberOf = 6

/** The sets stand in the order of the nodes that ask for membership, a NaN after each. */
function readMembers(modes: ArrayLike<number>, values: ArrayLike<number>): Arrays['members'] {
  let next = 0
  return Array.from(modes, (mode) => {
    if (mode !== memberOf) return undefined
    const members = new Set<number>()
    while (next < values.length && !Number.isNaN(values[next])) members.add(values[next++] as number)
    next++
    return members
  })
}

/** A node as it is read: where it stands among the operator's nodes or leaves, and in its tree. */
interface Node {
  readonly id: number
  readonly isLeaf: boolean
  readonly parent: number
  readonly level: number
  rows: number
}

/** Goes down without recursion, for a tree can be a chain of thousands of splits. */
function readTree(arrays: Arrays, root: number): ExplainedTree {
  const nodes: Node[] = []
  const ahead = [{ ...rootOf(arrays, root), parent: -1, level: 0 }]
  for (let next = ahead.pop(); next; next = ahead.pop()) {
    const { id, isLeaf, level } = next
    const parent = nodes.push({ ...next, rows: isLeaf ? (arrays.leafRows[id] as number) : 0 }) - 1
    if (isLeaf) continue
    const below = { parent, level: level + 1 }
    ahead.push({ ...below, id: arrays.falseIds[id] as number, isLeaf: arrays.falseLeaves[id] === 1 })
    ahead.push({ ...below, id: arrays.trueIds[id] as number, isLeaf: arrays.trueLeaves[id] === 1 })
  }
  for (const { parent, rows } of nodes.toReversed()) if (parent >= 0) (nodes[parent] as Node).rows += rows
  return flatten(arrays, nodes)
}

/** Where a tree starts: one of a single leaf is written as a node with that leaf on both sides. */
function rootOf(arrays: Arrays, root: number): Pick<Node, 'id' | 'isLeaf'> {
  const areLeaves = arrays.trueLeaves[root] === 1 && arrays.falseLeaves[root] === 1
  const isSingle = areLeaves && arrays.trueIds[root] === arrays.falseIds[root]
  return isSingle ? { id: arrays.trueIds[root] as number, isLeaf: true } : { id: root, isLeaf: false }
}

function flatten(arrays: Arrays, nodes: readonly Node[]): ExplainedTree {
  const leaf = nodes.find(({ isLeaf }) => isLeaf) as Node
  return {
    target: arrays.leafTargets[leaf.id] as number,
    feature: Int32Array.from(nodes, ({ id, isLeaf }) => (isLeaf ? -1 : (arrays.features[id] as number))),
    threshold: Float64Array.from(nodes, ({ id, isLeaf }) => (isLeaf ? 0 : (arrays.splits[id] as number))),
    missingTrue: Uint8Array.from(nodes, ({ id, isLeaf }) => (isLeaf ? 0 : (arrays.missingTrue[id] ?? 0))),
    members: nodes.map(({ id, isLeaf }) => (isLeaf ? undefined : arrays.members[id])),
    parent: Int32Array.from(nodes, ({ parent }) => parent),
    level: Int32Array.from(nodes, ({ level }) => level),
    value: Float64Array.from(nodes, ({ id, isLeaf }) => (isLeaf ? (arrays.leafWeights[id] as number) : 0)),
    rows: Float64Array.from(nodes, ({ rows }) => rows),
  }
}
