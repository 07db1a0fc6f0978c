import { expect, test } from 'vitest'
import { numberColumn } from '#platform'
import { declareInputs, declarePrediction } from '../model-interface.ts'
import { GraphBuilder } from '../graph-builder.ts'
import type { Signature } from '../schema.ts'
import { openExplainer } from './open-explainer.ts'
import type { ExplanationPlan } from './plan.ts'

const inputs = ['x', 'y'].map((name) => ({ name, type: 'numeric' as const }))
const signature: Signature = { task: 'regression', inputs, classes: [] }

/** 2 x + y + 1, where the means of x and y were 10 and 0; the plan is made of the names of its tensors. */
function sumFile(planOf: (score: string, part: string) => ExplanationPlan | undefined): Uint8Array {
  const graph = new GraphBuilder('sum')
  declareInputs(graph, inputs)
  const both = graph.node('Concat', ['x', 'y'], { attributes: { axis: { type: 2, i: 1 } } })
  const doubles = graph.node('Cast', [both], { attributes: { to: { type: 2, i: 11 } } })
  const parts = graph.node('Mul', [doubles, graph.constant('double', [1, 2], [2, 1])])
  const sum = graph.node('ReduceSum', [parts, graph.constant('int64', [1], [1])])
  const score = graph.node('Add', [sum, graph.constant('double', [1], [1])])
  declarePrediction(graph, score, { type: 'double' })
  const explanation = planOf(score, parts)
  return graph.build({ signature, ...(explanation && { explanation }), batchRows: 2 })
}

const linear = (score: string, tensor: string): ExplanationPlan => ({
  kind: 'linear',
  score,
  parts: [{ kind: 'sums', tensor, inputs: [0, 1] }],
  intercepts: [1],
  means: [20, 0],
})
const table = { rowCount: 3, columns: { x: numberColumn([10, 11, 0]), y: numberColumn([0, 5, -1]) } }

test('openExplainer() explains by what the graph computes on its way, in batches', async () => {
  const explainer = await openExplainer(sumFile(linear))
  expect(await explainer.explain(table)).toEqual({
    scale: 'value',
    inputs: ['x', 'y'],
    outputs: [null],
    base: Float64Array.of(21),
    scores: Float64Array.of(21, 28, 0),
    contributions: Float64Array.of(0, 0, 2, 5, -20, -1),
  })
  await explainer.release()
  await explainer.release()
  await expect(explainer.explain(table)).rejects.toMatchObject({ code: 'model/released' })
})

test.each<[string, Uint8Array, string]>([
  ['a file that says nothing of it', sumFile(() => undefined), 'model/noExplanation'],
  ['a plan of another form', sumFile(() => ({ kind: 'linear' }) as never), 'model/noExplanation'],
  ['a model that is no sum', sumFile(() => ({ kind: 'none' })), 'model/unexplainable'],
  ['a plan that names a tensor that is not there', sumFile((score) => linear(score, 'elsewhere')), 'model/unreadable'],
  [
    'a plan that names a constant that is not there',
    sumFile((score, tensor) => ({
      ...(linear(score, tensor) as ExplanationPlan & { kind: 'linear' }),
      parts: [{ kind: 'product', tensor, weights: 'elsewhere', inputs: [0, 1] }],
    })),
    'model/noExplanation',
  ],
  [
    'a plan of trees, for a graph without any',
    sumFile((score) => ({ kind: 'trees', score, features: 'x', featureInputs: [0], initial: [0], leafRows: [1] })),
    'model/noExplanation',
  ],
  ['bytes that are no file', Uint8Array.of(1, 2, 3), 'model/unreadable'],
])('openExplainer() refuses %s', async (_, bytes, code) => {
  await expect(openExplainer(bytes)).rejects.toMatchObject({ code, status: 422 })
})
