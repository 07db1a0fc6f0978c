import type { Contributor } from './contributor.ts'
import type { GraphParts } from './graph-parts.ts'
import type { TreesExplanation } from './plan.ts'
import { readTrees } from './read-trees.ts'
import { expectedValue, treeShap } from './tree-shap.ts'

/**
 * Contributions to a sum of trees: Shapley values by feature, summed into the inputs that the features are made of. The
 * base is the start of the ensemble and the mean of every tree over its training rows.
 */
export function treesContributor(plan: TreesExplanation, graph: GraphParts, inputCount: number): Contributor {
  const { featureInputs, features, initial, leafRows } = plan
  const base = Float64Array.from(initial)
  if (leafRows.length === 0) return { tensors: [], base, addRow: () => undefined }
  const trees = readTrees(graph, leafRows)
  for (const tree of trees) base[tree.target] = (base[tree.target] as number) + expectedValue(tree)
  const addShap = treeShap(trees)
  const width = featureInputs.length
  const byFeature = initial.map(() => new Float64Array(width))
  return {
    tensors: [{ name: features, type: 'float' }],
    base,
    addRow: (found, row, into) => {
      const values = found[features]?.data as Float32Array
      for (const output of byFeature) output.fill(0)
      addShap(values.subarray(row * width, (row + 1) * width), byFeature)
      byFeature.forEach((output, k) => {
        for (let feature = 0; feature < width; feature++) {
          const at = k * inputCount + (featureInputs[feature] as number)
          into[at] = (into[at] as number) + (output[feature] as number)
        }
      })
    },
  }
}
