import type { Random } from '#platform'
import { binRows } from './bin-rows.ts'
import { boost } from './boost.ts'
import type { Boosted } from './boost.ts'
import { fitBins } from './fit-bins.ts'
import { objectiveOf } from './objective.ts'
import { rowLayout } from './row-layout.ts'
import type { TreeColumn, TreeEnsemble, TreeFitOptions, TreeTarget } from './schema.ts'
import { treeKernels } from './tree-kernels.ts'
import { treeMemory } from './tree-memory.ts'

/** A trained ensemble and how its training went. */
export interface TreeFit extends Omit<Boosted, 'trees'> {
  readonly ensemble: TreeEnsemble
}

/**
 * Gradient-boosted decision trees over histograms, grown leaf by leaf: the algorithm of LightGBM.
 *
 * Each round adds, for every score of a row, one tree that follows the loss downhill: leaf value −η G / (H + λ), with G
 * and H the sums of the loss's first and second derivatives over the leaf's rows. The same columns, target, params and
 * seed give the same ensemble, bit for bit, on every machine.
 *
 * @throws RangeError when columns, target and weights are not of one length, or there are no rows
 * @throws the signal's reason when it has fired
 * @see Ke et al. (2017), LightGBM: A Highly Efficient Gradient Boosting Decision Tree
 */
export async function fitTrees(
  columns: readonly TreeColumn[],
  target: TreeTarget,
  options: TreeFitOptions,
): Promise<TreeFit> {
  const { params, random } = options
  const rowCount = checkedRowCount(columns, target, options)
  const bins = columns.map((column) => fitBins(column, params, random.fork(`bins/${column.name}`)))
  const layout = rowLayout(bins)
  const outputs = target.kind === 'multiclass' ? target.classCount : 1
  const memory = treeMemory({ rowCount, layout, outputs, histograms: params.leaves })
  const kernels = treeKernels(memory, layout)
  binRows(columns, layout, memory)
  const { training, validation } = holdBack(rowCount, params.validationShare, random.fork('validation'))
  const weights = options.weights ?? new Float64Array(rowCount).fill(1)
  const objective = objectiveOf({ target, weights, trainingRows: training, memory, kernels })
  objective.initial.forEach((score, output) => scoresOf(memory.scores, { output, outputs }).fill(score))
  const boosted = await boost({ layout, memory, kernels, params }, objective, { ...options, training, validation })
  const features = columns.map(({ name, ...column }) =>
    column.kind === 'numeric'
      ? { kind: column.kind, name }
      : { kind: column.kind, name, categoryCount: column.categoryCount },
  )
  const { trees, ...rest } = boosted
  return { ensemble: { task: target.kind, outputs, initial: objective.initial, features, trees }, ...rest }
}

/** Draws the validation rows; where that would leave none to learn from, all rows are for learning. */
function holdBack(rowCount: number, share: number, random: Random) {
  const rows = Int32Array.from({ length: rowCount }, (_, row) => row)
  if (share === 0) return { training: rows, validation: new Int32Array(0) }
  const isHeldBack = Uint8Array.from(rows, () => (random.next() < share ? 1 : 0))
  const training = rows.filter((row) => !isHeldBack[row])
  if (training.length === 0) return { training: rows, validation: training }
  return { training, validation: rows.filter((row) => isHeldBack[row]) }
}

function scoresOf(scores: Float64Array, { output, outputs }: { readonly output: number; readonly outputs: number }) {
  const stride = scores.length / outputs
  return scores.subarray(output * stride, (output + 1) * stride)
}

function checkedRowCount(columns: readonly TreeColumn[], target: TreeTarget, { weights }: TreeFitOptions): number {
  const rowCount = target.kind === 'regression' ? target.values.length : target.labels.length
  if (rowCount === 0) throw new RangeError('Cannot grow trees: there are no rows')
  for (const column of columns) {
    const { length } = column.kind === 'numeric' ? column.values : column.codes
    if (length !== rowCount)
      throw new RangeError(`Cannot grow trees: column '${column.name}' has ${length} rows, the target ${rowCount}`)
  }
  if (weights && weights.length !== rowCount)
    throw new RangeError(`Cannot grow trees: there are ${weights.length} weights, the target has ${rowCount} rows`)
  return rowCount
}
