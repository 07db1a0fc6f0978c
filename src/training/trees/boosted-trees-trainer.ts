import { z } from 'zod'
import { declareClasses, declareInputs, declarePrediction, GraphBuilder } from '#model'
import type { Scores, Signature } from '#model'
import type { Table } from '#platform'
import type { FittedModel, Trainer, TrainingContext, TrainingData } from '../schema.ts'
import { emitTrees } from './emit-trees.ts'
import { treesExplanation } from './trees-explanation.ts'
import { fitTrees } from './fit-trees.ts'
import { gainByInput } from './gain-by-input.ts'
import { predictTrees } from './predict-trees.ts'
import { probabilitiesOf, probabilityNodes } from './probabilities.ts'
import { defaultTreeParams } from './schema.ts'
import type { TreeEnsemble, TreeParams, TreeTarget } from './schema.ts'
import { fitTreeInputs, treeColumns, treeFeatures } from './tree-inputs.ts'
import type { TreeInput } from './tree-inputs.ts'

/** Parameters of the boosted trees. */
export interface BoostedTreesParams extends TreeParams {
  /** Most terms of a text input that become columns. */
  readonly textTerms: number
}

const share = z.number().gt(0).max(1)
const count = z.int().min(1)
const penalty = z.number().min(0)

/** Gradient-boosted decision trees, for numbers, categories, moments and text, missing values included. */
export const boostedTreesTrainer: Trainer<BoostedTreesParams> = {
  kind: 'boosted-trees',
  rung: 3,
  tasks: ['binary', 'multiclass', 'regression'],
  defaults: { ...defaultTreeParams, textTerms: 256 },
  schema: z.strictObject({
    rounds: count.max(100_000),
    learningRate: share,
    leaves: z.int().min(2).max(4096),
    maxDepth: z.int().min(0),
    minLeafRows: count,
    minLeafHessian: penalty,
    l2: penalty,
    bins: z.int().min(2).max(255),
    categoryL2: penalty,
    categorySmooth: penalty,
    categoriesPerSplit: count,
    minGroupRows: count,
    oneAgainstRestUpTo: z.int().min(0),
    rowShare: share,
    columnShare: share,
    validationShare: z.number().min(0).max(0.9),
    patience: count,
    textTerms: count.max(10_000),
  }),
  searchSpace: {
    rounds: [50, 100, 200, 400],
    learningRate: [0.03, 0.05, 0.1, 0.2],
    leaves: [7, 15, 31, 63, 127],
    minLeafRows: [5, 20, 50, 200],
    l2: [0, 1, 10],
    categorySmooth: [10, 50, 200],
    rowShare: [0.6, 0.8, 1],
    columnShare: [0.5, 0.8, 1],
  },
  fit,
}

async function fit(
  data: TrainingData,
  params: BoostedTreesParams,
  { random, signal, onProgress }: TrainingContext,
): Promise<FittedModel> {
  const inputs = await fitTreeInputs(data.inputs, data.table, params)
  const { ensemble, rounds, ...losses } = await fitTrees(treeColumns(inputs, data.table), treeTarget(data), {
    params,
    random,
    weights: data.weights,
    signal,
    onRound: (round) => onProgress?.({ ...round, of: params.rounds, unit: 'rounds' }),
  })
  const classes = data.target.kind === 'classes' ? data.target.classes : []
  const model = { signature: { task: data.task, inputs: data.inputs, classes }, inputs, ensemble }
  return {
    onnx: boostedTreesFile(model),
    predict: (table) => predict(model, table),
    facts: {
      rounds,
      trees: ensemble.trees.length,
      leaves: ensemble.trees.reduce((sum, tree) => sum + (tree.length + 1) / 2, 0),
      columns: ensemble.features.length,
      ...losses,
    },
    importance: gainByInput(ensemble, inputs),
  }
}

interface BoostedTrees {
  readonly signature: Signature
  readonly inputs: readonly TreeInput[]
  readonly ensemble: TreeEnsemble
}

function treeTarget({ task, target }: TrainingData): TreeTarget {
  if (target.kind === 'numbers') return { kind: 'regression', values: target.values }
  if (task === 'binary') return { kind: 'binary', labels: target.labels }
  return { kind: 'multiclass', labels: target.labels, classCount: target.classes.length }
}

function predict({ signature: { task, classes }, inputs, ensemble }: BoostedTrees, table: Table): Scores {
  const scores = predictTrees(ensemble, treeColumns(inputs, table), table.rowCount)
  if (task === 'regression') return { kind: 'numbers', values: scores }
  return { kind: 'classes', classes, probabilities: probabilitiesOf(scores, ensemble.outputs) }
}

/** The file computes in float64 throughout, so that only its answer is rounded to float32. */
function boostedTreesFile({ signature, inputs, ensemble }: BoostedTrees): Uint8Array {
  const graph = new GraphBuilder('boosted-trees')
  declareInputs(graph, signature.inputs)
  const features = treeFeatures(graph, inputs, ensemble)
  const scores = emitTrees(graph, ensemble, features)
  if (signature.task === 'regression') declarePrediction(graph, scores, { type: 'double' })
  else {
    const probabilities = probabilityNodes(graph, scores, ensemble.outputs)
    declareClasses(graph, probabilities, { classes: signature.classes, type: 'double' })
  }
  return graph.build({ signature, explanation: treesExplanation({ inputs, ensemble }, { features, scores }) })
}
