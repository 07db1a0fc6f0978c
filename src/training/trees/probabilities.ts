import { attribute } from '#model'
import type { GraphBuilder } from '#model'

/**
 * Probabilities of scores: one score s becomes [1 − p, p] with p = 1 / (1 + e⁻ˢ), several their softmax.
 * @param scores shape [rows × outputs]
 * @returns shape [rows × classes], each row sums to 1
 */
export function probabilitiesOf(scores: Float64Array, outputs: number): Float64Array {
  return outputs === 1 ? sigmoid(scores) : softmax(scores, outputs)
}

/**
 * Adds the same to a graph.
 * @param scores float64 tensor [N, outputs]
 * @returns float64 tensor [N, classes]
 */
export function probabilityNodes(graph: GraphBuilder, scores: string, outputs: number): string {
  if (outputs > 1) return graph.node('Softmax', [scores], { attributes: { axis: attribute.int(1) } })
  const positive = graph.node('Sigmoid', [scores])
  const negative = graph.node('Sub', [graph.constant('double', [1], [1]), positive])
  return graph.node('Concat', [negative, positive], { attributes: { axis: attribute.int(1) } })
}

function sigmoid(scores: Float64Array): Float64Array {
  const found = new Float64Array(scores.length * 2)
  for (let row = 0; row < scores.length; row++) {
    const positive = 1 / (1 + Math.exp(-(scores[row] as number)))
    found[2 * row] = 1 - positive
    found[2 * row + 1] = positive
  }
  return found
}

function softmax(scores: Float64Array, outputs: number): Float64Array {
  const found = new Float64Array(scores.length)
  for (let from = 0; from < scores.length; from += outputs) {
    const row = scores.subarray(from, from + outputs)
    const top = row.reduce((most, score) => Math.max(most, score))
    const powers = row.map((score) => Math.exp(score - top))
    const sum = powers.reduce((total, power) => total + power)
    for (let k = 0; k < outputs; k++) found[from + k] = (powers[k] as number) / sum
  }
  return found
}
