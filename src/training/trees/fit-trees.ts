import { setImmediate } from 'node:timers/promises'
import type { Random } from '#platform'
import { binRows } from './bin-rows.ts'
import { fitBins } from './fit-bins.ts'
import { objectiveOf } from './objective.ts'
import type { Objective } from './objective.ts'
import { rowLayout } from './row-layout.ts'
import type { Tree, TreeColumn, TreeEnsemble, TreeFitOptions, TreeParams, TreeTarget } from './schema.ts'
import { growTree } from './tree-grower.ts'
import type { TreeGrower } from './tree-grower.ts'
import { treeKernels } from './tree-kernels.ts'
import { treeMemory } from './tree-memory.ts'

/** A trained ensemble and how its training went. */
export interface TreeFit {
  readonly ensemble: TreeEnsemble
  /** Rounds kept. */
  readonly rounds: number
  /** Loss of the held-back rows after those rounds, where rows were held back. */
  readonly loss?: number
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

interface BoostOptions extends TreeFitOptions {
  readonly training: Int32Array
  readonly validation: Int32Array
}

async function boost(grower: TreeGrower, objective: Objective, options: BoostOptions) {
  const { params, random, training, validation, signal, onRound } = options
  const rowDraws = random.fork('rows')
  const columnDraws = random.fork('columns')
  const everyRow = orderRows(grower.memory.rows.length, training)
  const trees: Tree[] = []
  let best = { rounds: 0, loss: validation.length > 0 ? objective.loss(validation) : NaN }
  if (grower.layout.spans.length === 0) return { trees, rounds: 0 }
  for (let done = 1; done <= params.rounds; done++) {
    await setImmediate()
    signal?.throwIfAborted()
    const rows =
      params.rowShare < 1
        ? orderRows(
            grower.memory.rows.length,
            training.filter(() => rowDraws.next() < params.rowShare),
          )
        : everyRow
    const round = growRound(grower, objective, { rows, params, columnDraws })
    if (round.every((tree) => tree.length === 1)) break
    trees.push(...round)
    if (validation.length === 0) {
      best = { rounds: done, loss: NaN }
      onRound?.({ done })
      continue
    }
    const loss = objective.loss(validation)
    onRound?.({ done, loss })
    if (loss < best.loss) best = { rounds: done, loss }
    else if (done - best.rounds >= params.patience) break
  }
  const kept = trees.slice(0, best.rounds * objective.outputs)
  return { trees: kept, rounds: best.rounds, ...(validation.length > 0 && { loss: best.loss }) }
}

interface RoundOptions {
  readonly rows: OrderedRows
  readonly params: TreeParams
  readonly columnDraws: Random
}

/** One tree for each score, all of them on the same rows. */
function growRound(grower: TreeGrower, objective: Objective, options: RoundOptions): Tree[] {
  const { rows, params, columnDraws } = options
  const { memory, kernels, layout } = grower
  objective.startRound?.()
  return Array.from({ length: objective.outputs }, (_, output) => {
    objective.writeGradients(output)
    memory.rows.set(rows.all)
    const spans = drawSpans(layout.spans.length, params.columnShare, columnDraws)
    const { tree, leaves } = growTree(grower, { activeRows: rows.active, spans })
    const scores = memory.at.scores + (output * memory.scores.byteLength) / objective.outputs
    for (const { value, ranges } of leaves)
      for (const { from, to } of ranges) kernels.addToScores(from, to, scores, value)
    return tree
  })
}

interface OrderedRows {
  readonly all: Int32Array
  /** How many of them, from the first on, the trees learn from. */
  readonly active: number
}

/** The drawn rows, then all the others, each rising. */
function orderRows(rowCount: number, drawn: Int32Array): OrderedRows {
  const all = new Int32Array(rowCount)
  all.set(drawn)
  let next = drawn.length
  for (let row = 0, place = 0; row < rowCount; row++) {
    if (drawn[place] === row) place++
    else all[next++] = row
  }
  return { all, active: drawn.length }
}

function drawSpans(count: number, share: number, random: Random): readonly number[] {
  const all = Array.from({ length: count }, (_, place) => place)
  if (share >= 1) return all
  return random
    .shuffle(all)
    .slice(0, Math.max(1, Math.round(count * share)))
    .sort((a, b) => a - b)
}

function holdBack(rowCount: number, share: number, random: Random) {
  const training: number[] = []
  const validation: number[] = []
  for (let row = 0; row < rowCount; row++) (share > 0 && random.next() < share ? validation : training).push(row)
  if (training.length === 0) throw new RangeError('Cannot grow trees: every row is held back for validation')
  return { training: Int32Array.from(training), validation: Int32Array.from(validation) }
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
