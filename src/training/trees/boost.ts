import { setImmediate } from 'node:timers/promises'
import type { Random } from '#platform'
import { growTree } from './grow-tree.ts'
import type { TreeGrower } from './grow-tree.ts'
import type { Objective } from './objective.ts'
import type { Tree, TreeFitOptions, TreeParams } from './schema.ts'

/** Which rows a fit learns from, and which it is judged by. */
export interface BoostOptions extends TreeFitOptions {
  readonly training: Int32Array
  readonly validation: Int32Array
}

/** The trees that were kept, and what they came to. */
export interface Boosted {
  readonly trees: readonly Tree[]
  /** Rounds kept. */
  readonly rounds: number
  /** Loss of the validation rows after those rounds, where there are such rows. */
  readonly validationLoss?: number
  /** Loss of the training rows, where there are no others. */
  readonly trainingLoss?: number
}

/**
 * Adds trees round by round until they are as many as wanted, nothing is left to split, or the validation loss has not
 * fallen for long. The event loop gets its turn between rounds.
 * @throws the signal's reason when it has fired
 */
export async function boost(grower: TreeGrower, objective: Objective, options: BoostOptions): Promise<Boosted> {
  const { params, training, validation, signal, onRound } = options
  const drawRows = rowDraws(grower.memory.rows.length, options)
  const columnDraws = options.random.fork('columns')
  const isFixed = params.rowShare >= 1 && params.columnShare >= 1
  const hasValidation = validation.length > 0
  const trees: Tree[] = []
  let best = { rounds: 0, loss: hasValidation ? objective.loss(validation) : NaN }
  for (let done = 1; done <= params.rounds && grower.layout.spans.length > 0; done++) {
    await setImmediate()
    signal?.throwIfAborted()
    const round = growRound(grower, objective, { rows: drawRows(), params, columnDraws })
    if (isFixed && round.every((tree) => tree.length === 1)) break
    trees.push(...round)
    const loss = hasValidation ? objective.loss(validation) : NaN
    onRound?.({ done, ...(hasValidation && { loss }) })
    if (!hasValidation || loss < best.loss) best = { rounds: done, loss }
    else if (done - best.rounds >= params.patience) break
  }
  const kept = { trees: trees.slice(0, best.rounds * objective.outputs), rounds: best.rounds }
  return hasValidation ? { ...kept, validationLoss: best.loss } : { ...kept, trainingLoss: objective.loss(training) }
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

/** Draws the rows of each round anew, or the same ones always where all are wanted. */
function rowDraws(rowCount: number, { params, training, random }: BoostOptions): () => OrderedRows {
  const draws = random.fork('rows')
  const all = orderRows(rowCount, training)
  if (params.rowShare >= 1) return () => all
  return () =>
    orderRows(
      rowCount,
      training.filter(() => draws.next() < params.rowShare),
    )
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
