import { attribute, declareClasses, declareInputs, declarePrediction, GraphBuilder } from '#model'
import type { Scores, Signature } from '#model'
import type { Table } from '#platform'
import type { FeatureEncoder } from '../encode/feature-encoder.ts'
import { encodeFeatures } from '../encode/feature-matrix.ts'
import { projectionBatchRows, projectNodes } from '../encode/project-nodes.ts'
import type { Projection } from '../encode/projection.ts'
import { linearExplanation } from './linear-explanation.ts'
import { softmax } from './loss.ts'
import { multiplyRows, weightRows } from './products.ts'

/**
 * A fitted linear model, as plain data. Its outputs are one number (regression), the log odds of the second class
 * (binary) or one log probability per class up to a constant (multiclass).
 */
export interface LinearModel {
  readonly signature: Signature
  readonly encoder: FeatureEncoder
  readonly projection: Projection
  /** Mean over the training rows of what each input adds to each output, row-major [inputs × K]. */
  readonly means: Float64Array
}

/** The ONE file of a linear model; computed in float64 up to its last step. */
export function linearFile({ signature, encoder, projection, means }: LinearModel): Uint8Array {
  const { inputs, task, classes } = signature
  const graph = new GraphBuilder(task === 'regression' ? 'linear' : 'logistic')
  declareInputs(graph, inputs)
  const { sums, parts } = projectNodes(graph, encoder, { ...projection, rowsOf: inputs[0]?.name as string })
  if (task === 'regression') declarePrediction(graph, sums, { type: 'double' })
  else declareClasses(graph, probabilityNodes(graph, sums, projection.outputs), { classes, type: 'double' })
  return graph.build({
    signature,
    explanation: linearExplanation(signature.inputs, { sums, parts, intercepts: projection.intercepts, means }),
    batchRows: projectionBatchRows(encoder, projection.outputs),
  })
}

/** Scores a table without the file. */
export function scoreLinear({ signature, encoder, projection }: LinearModel, table: Table): Scores {
  const { outputs } = projection
  const matrix = encodeFeatures(encoder, table)
  const sums = new Float64Array(table.rowCount * outputs)
  const range = { from: 0, to: table.rowCount }
  multiplyRows(matrix, layOut(projection, encoder.width), { range, outputs, into: sums })
  if (signature.task === 'regression') return { kind: 'numbers', values: sums }
  return { kind: 'classes', classes: signature.classes, probabilities: probabilitiesOf(sums, outputs) }
}

function probabilityNodes(graph: GraphBuilder, sums: string, outputs: number): string {
  const axis = { attributes: { axis: attribute.int(1) } }
  if (outputs > 1) return graph.node('Softmax', [sums], axis)
  const positive = graph.node('Sigmoid', [sums])
  const negative = graph.node('Sigmoid', [graph.node('Neg', [sums])])
  return graph.node('Concat', [negative, positive], axis)
}

function probabilitiesOf(sums: Float64Array, outputs: number): Float64Array {
  if (outputs === 1) {
    const both = new Float64Array(sums.length * 2)
    sums.forEach((sum, row) => both.set([1 / (1 + Math.exp(sum)), 1 / (1 + Math.exp(-sum))], row * 2))
    return both
  }
  for (let from = 0; from < sums.length; from += outputs) softmax(sums.subarray(from, from + outputs))
  return sums
}

function layOut({ weights, intercepts, outputs }: Projection, width: number): Float64Array {
  const laidOut = new Float64Array(weightRows(width) * outputs)
  laidOut.set(weights)
  laidOut.set(intercepts, (width + 1) * outputs)
  return laidOut
}
