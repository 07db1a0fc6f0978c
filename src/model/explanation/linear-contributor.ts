import type { Contributor, FoundTensors } from './contributor.ts'
import type { GraphParts } from './graph-parts.ts'
import type { LinearExplanation, LinearPart } from './plan.ts'

/**
 * Contributions to a linear model: of each input, what its features add for the row less what they add for the mean of
 * the training rows, Σ weight · (feature − mean). Those are its Shapley values where features are independent. The base
 * is the score of that mean.
 */
export function linearContributor(plan: LinearExplanation, graph: GraphParts, inputCount: number): Contributor {
  const outputs = plan.intercepts.length
  const base = Float64Array.from(plan.intercepts, (intercept, k) => {
    let sum = intercept
    for (let input = 0; input < inputCount; input++) sum += plan.means[input * outputs + k] as number
    return sum
  })
  const adders = plan.parts.map((part) => partAdder(part, graph, { inputCount, outputs }))
  return {
    tensors: plan.parts.map(({ tensor }) => ({ name: tensor, type: 'double' })),
    base,
    addRow: (found, row, into) => {
      for (const add of adders) add(found, row, into)
      for (let input = 0; input < inputCount; input++)
        for (let k = 0; k < outputs; k++) {
          const at = k * inputCount + input
          into[at] = (into[at] as number) - (plan.means[input * outputs + k] as number)
        }
    },
  }
}

interface Shape {
  readonly inputCount: number
  readonly outputs: number
}

function partAdder(part: LinearPart, graph: GraphParts, { inputCount, outputs }: Shape): Contributor['addRow'] {
  const { tensor, inputs } = part
  const width = inputs.length
  const weights = part.kind === 'product' ? graph.constant(part.weights) : undefined
  return (found: FoundTensors, row, into) => {
    const values = found[tensor]?.data as Float64Array
    for (let column = 0; column < width; column++)
      for (let k = 0; k < outputs; k++) {
        const at = k * inputCount + (inputs[column] as number)
        const added = weights
          ? (values[row * width + column] as number) * (weights[column * outputs + k] as number)
          : (values[(row * width + column) * outputs + k] as number)
        into[at] = (into[at] as number) + added
      }
  }
}
