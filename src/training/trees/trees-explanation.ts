import type { ExplanationPlan } from '#model'
import type { TreeEnsemble } from './schema.ts'
import { columnCount } from './tree-inputs.ts'
import type { TreeInput } from './tree-inputs.ts'

/**
 * What the file of an ensemble says for its explanation: which input each column of the trees is made of, and how many
 * training rows are in each leaf, in the order in which `emitTrees` writes the leaves.
 * @param tensors names of the tensors in the graph: what the trees read, and their scores
 */
export function treesExplanation(
  { inputs, ensemble }: { readonly inputs: readonly TreeInput[]; readonly ensemble: TreeEnsemble },
  tensors: { readonly features: string; readonly scores: string },
): ExplanationPlan {
  return {
    kind: 'trees',
    score: tensors.scores,
    features: tensors.features,
    featureInputs: inputs.flatMap((input, place) => Array.from({ length: columnCount(input) }, () => place)),
    initial: ensemble.initial,
    leafRows: ensemble.trees.flatMap((tree) => tree.flatMap((node) => (node.kind === 'leaf' ? [node.rows] : []))),
  }
}
