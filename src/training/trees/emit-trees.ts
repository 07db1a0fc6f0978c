import { attribute } from '#model'
import type { Attribute, GraphBuilder } from '#model'
import type { TreeEnsemble, TreeNode } from './schema.ts'

/**
 * Adds an ensemble to a graph as one TreeEnsemble of float64, so that the scores equal those of `predictTrees` to the
 * last bits.
 * @param features float32 tensor [N, features]: numbers with NaN missing, and codes of categories with −1 missing and
 * the category count unseen; any tensor of N rows where the ensemble has no trees
 * @returns float64 tensor [N, outputs]
 * @see https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html
 */
export function emitTrees(graph: GraphBuilder, ensemble: TreeEnsemble, features: string): string {
  const initial = graph.constant('double', [1, ensemble.outputs], ensemble.initial)
  if (ensemble.trees.length === 0) return graph.node('Expand', [initial, rowCountByOne(graph, features)])
  const doubles = graph.node('Cast', [features], { attributes: { to: attribute.int(11) } })
  const sums = graph.node('TreeEnsemble', [doubles], { domain: 'ai.onnx.ml', attributes: treeAttributes(ensemble) })
  return graph.node('Add', [sums, initial])
}

/** The shape [N, 1]. */
function rowCountByOne(graph: GraphBuilder, tensor: string): string {
  const rows = graph.node('Shape', [tensor], { attributes: { start: attribute.int(0), end: attribute.int(1) } })
  return graph.node('Concat', [rows, graph.constant('int64', [1], [1])], { attributes: { axis: attribute.int(0) } })
}

/** Comparisons as the operator numbers them. */
const modes = { atMost: 0, memberOf: 6 }

/** The operator's arrays: one place a node, and for leaves one a leaf. */
interface TreeArrays {
  readonly roots: number[]
  readonly features: number[]
  readonly modes: number[]
  readonly splits: number[]
  readonly missingTrue: number[]
  readonly trueIds: number[]
  readonly trueLeaves: number[]
  readonly falseIds: number[]
  readonly falseLeaves: number[]
  /** Sets of codes in the order of their nodes, a NaN after each. */
  readonly members: number[]
  readonly leafTargets: number[]
  readonly leafWeights: number[]
}

function treeAttributes(ensemble: TreeEnsemble): Record<string, Attribute> {
  const arrays: TreeArrays = {
    roots: [],
    features: [],
    modes: [],
    splits: [],
    missingTrue: [],
    trueIds: [],
    trueLeaves: [],
    falseIds: [],
    falseLeaves: [],
    members: [],
    leafTargets: [],
    leafWeights: [],
  }
  ensemble.trees.forEach((tree, place) => addTree(arrays, tree, place % ensemble.outputs))
  const doubles = (values: readonly number[]): Attribute => attribute.tensor('double', [values.length], values)
  return {
    n_targets: attribute.int(ensemble.outputs),
    aggregate_function: attribute.int(1),
    post_transform: attribute.int(0),
    tree_roots: attribute.ints(arrays.roots),
    nodes_featureids: attribute.ints(arrays.features),
    nodes_modes: attribute.tensor('uint8', [arrays.modes.length], arrays.modes),
    nodes_splits: doubles(arrays.splits),
    nodes_missing_value_tracks_true: attribute.ints(arrays.missingTrue),
    nodes_truenodeids: attribute.ints(arrays.trueIds),
    nodes_trueleafs: attribute.ints(arrays.trueLeaves),
    nodes_falsenodeids: attribute.ints(arrays.falseIds),
    nodes_falseleafs: attribute.ints(arrays.falseLeaves),
    leaf_targetids: attribute.ints(arrays.leafTargets),
    leaf_weights: doubles(arrays.leafWeights),
    ...(arrays.members.length > 0 && { membership_values: doubles(arrays.members) }),
  }
}

function addTree(arrays: TreeArrays, tree: readonly TreeNode[], target: number): void {
  arrays.roots.push(arrays.features.length)
  const places = placesOf(tree, { nodes: arrays.features.length, leaves: arrays.leafWeights.length })
  for (const node of tree) {
    if (node.kind !== 'leaf') addInner(arrays, node, { tree, places })
    else {
      arrays.leafTargets.push(target)
      arrays.leafWeights.push(node.value)
    }
  }
  // The operator knows no tree that is a single leaf: a node with that leaf on both sides stands in.
  if (tree.length === 1) {
    const split = { kind: 'threshold', feature: 0, threshold: 0, missingLeft: false, left: 0, right: 0 } as const
    addInner(arrays, { ...split, rows: 0, gain: 0 }, { tree, places })
  }
}

/** Place of each node of a tree among the operator's inner nodes, or among its leaves. */
function placesOf(tree: readonly TreeNode[], from: { readonly nodes: number; readonly leaves: number }): number[] {
  let { nodes, leaves } = from
  return tree.map((node) => (node.kind === 'leaf' ? leaves++ : nodes++))
}

function addInner(
  arrays: TreeArrays,
  node: Exclude<TreeNode, { readonly kind: 'leaf' }>,
  { tree, places }: { readonly tree: readonly TreeNode[]; readonly places: readonly number[] },
): void {
  const isLeaf = (place: number): number => (tree[place]?.kind === 'leaf' ? 1 : 0)
  arrays.features.push(node.feature)
  arrays.modes.push(node.kind === 'threshold' ? modes.atMost : modes.memberOf)
  arrays.splits.push(node.kind === 'threshold' ? node.threshold : 0)
  arrays.missingTrue.push(node.kind === 'threshold' && node.missingLeft ? 1 : 0)
  arrays.trueIds.push(places[node.left] as number)
  arrays.trueLeaves.push(isLeaf(node.left))
  arrays.falseIds.push(places[node.right] as number)
  arrays.falseLeaves.push(isLeaf(node.right))
  if (node.kind === 'categories') arrays.members.push(...node.codes, NaN)
}
