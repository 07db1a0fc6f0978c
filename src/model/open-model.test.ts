import { describe, expect, test } from 'vitest'
import { numberColumn, stringColumn } from '#platform'
import type { Table } from '#platform'
import { attribute } from './attribute.ts'
import { GraphBuilder } from './graph-builder.ts'
import { declareClasses, declareInputs, declarePrediction } from './model-interface.ts'
import { openModel } from './open-model.ts'
import type { Signature } from './schema.ts'

const regression = {
  task: 'regression',
  inputs: [
    { name: 'distance', type: 'numeric' },
    { name: 'at', type: 'timestamp' },
    { name: 'origin', type: 'categorical' },
  ],
  classes: [],
} as const satisfies Signature

/** distance + at / 1e12, + 1 for the origin Oslo, + 2 for a missing one; a missing distance counts as −1. */
function sumFile(batchRows?: number): Uint8Array {
  const graph = new GraphBuilder('sum')
  declareInputs(graph, regression.inputs)
  const minusOne = graph.constant('double', [1], [-1])
  const filled = (x: string) => graph.node('Where', [graph.node('IsNaN', [x]), minusOne, x])
  const distance = filled(graph.node('Cast', ['distance'], { attributes: { to: attribute.int(11) } }))
  const at = graph.node('Mul', [filled('at'), graph.constant('double', [1], [1e-12])])
  const origin = graph.node('LabelEncoder', ['origin'], {
    domain: 'ai.onnx.ml',
    attributes: {
      keys_tensor: attribute.tensor('string', [2], ['Oslo', '']),
      values_tensor: attribute.tensor('double', [2], [1, 2]),
      default_tensor: attribute.tensor('double', [1], [0]),
    },
  })
  declarePrediction(graph, graph.node('Add', [graph.node('Add', [distance, at]), origin]), { type: 'double' })
  return graph.build({ signature: regression, ...(batchRows ? { batchRows } : {}) })
}

const table: Table = {
  rowCount: 3,
  columns: {
    distance: numberColumn([100, null, 0.5]),
    at: numberColumn([1e12, 2e12, null]),
    origin: stringColumn(['Oslo', null, 'Paris']),
    unread: stringColumn(['a', 'b', 'c']),
  },
}

describe('predict()', () => {
  test('scores every row, missing values included', async () => {
    const model = await openModel(sumFile())
    expect(await model.predict(table)).toEqual({ kind: 'numbers', values: Float32Array.of(102, 3, 0.5) })
    await model.release()
  })

  test.each([1, 2, 3, 4])('gives the same in batches of %d rows', async (batchRows) => {
    const model = await openModel(sumFile(batchRows))
    expect(await model.predict(table)).toEqual({ kind: 'numbers', values: Float32Array.of(102, 3, 0.5) })
    await model.release()
  })

  test('gives nothing for no rows', async () => {
    const model = await openModel(sumFile())
    const columns = { distance: numberColumn([]), at: numberColumn([]), origin: stringColumn([]) }
    expect(await model.predict({ rowCount: 0, columns })).toEqual({ kind: 'numbers', values: new Float32Array(0) })
    await model.release()
  })

  test('takes a column that is all missing for any input', async () => {
    const model = await openModel(sumFile())
    const columns = { distance: stringColumn([null]), at: numberColumn([null]), origin: numberColumn([null]) }
    expect(await model.predict({ rowCount: 1, columns })).toEqual({ kind: 'numbers', values: Float32Array.of(1) })
    await model.release()
  })

  test('gives a row of probabilities in the order of the classes', async () => {
    const graph = new GraphBuilder('classes')
    declareInputs(graph, [{ name: 'x', type: 'numeric' }])
    const rest = graph.node('Sub', [graph.constant('float', [1], [1]), 'x'])
    const both = graph.node('Concat', ['x', rest], { attributes: { axis: attribute.int(1) } })
    declareClasses(graph, both, { classes: ['no', 'yes'] })
    const signature = { task: 'binary', inputs: [{ name: 'x', type: 'numeric' }], classes: ['no', 'yes'] } as const
    const model = await openModel(graph.build({ signature }))
    expect(await model.predict({ rowCount: 2, columns: { x: numberColumn([0.25, 1]) } })).toEqual({
      kind: 'classes',
      classes: ['no', 'yes'],
      probabilities: Float32Array.of(0.25, 0.75, 1, 0),
    })
    await model.release()
  })

  test.each([
    ['a column is absent', { origin: undefined }, 'model/missingInput'],
    ['text stands for a number', { distance: stringColumn(['a', 'b', 'c']) }, 'model/wrongInputType'],
    ['numbers stand for text', { origin: numberColumn([1, 2, 3]) }, 'model/wrongInputType'],
  ])('refuses a table where %s', async (_, change, code) => {
    const model = await openModel(sumFile())
    const columns = Object.fromEntries(Object.entries({ ...table.columns, ...change }).filter(([, column]) => column))
    await expect(model.predict({ rowCount: 3, columns })).rejects.toMatchObject({ code })
    await model.release()
  })

  test('refuses once the model was released', async () => {
    const model = await openModel(sumFile())
    await model.release()
    await model.release()
    await expect(model.predict(table)).rejects.toMatchObject({ code: 'model/released' })
  })
})

describe('openModel()', () => {
  test.each([
    ['no ONNX file', new TextEncoder().encode('no model'), 'model/unreadable'],
    ['half a file', sumFile().slice(0, 300), 'model/unreadable'],
    ['a file without signature', new GraphBuilder('bare').build({}), 'model/noSignature'],
    ['a graph that lacks an input', graphOf({ inputs: [] }), 'model/wrongGraph'],
    ['an input of another type', graphOf({ inputs: [{ name: 'x', type: 'text' }] }), 'model/wrongGraph'],
    [
      'an input that the signature lacks',
      graphOf({
        inputs: [
          { name: 'x', type: 'numeric' },
          { name: 'y', type: 'text' },
        ],
      }),
      'model/wrongGraph',
    ],
    [
      'a graph that lacks an output',
      graphOf({ inputs: [{ name: 'x', type: 'numeric' }], output: 'y' }),
      'model/wrongGraph',
    ],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(openModel(bytes)).rejects.toMatchObject({ code })
  })

  test('names the operator that the runtime does not know', async () => {
    const graph = new GraphBuilder('odd')
    declareInputs(graph, regression.inputs)
    declarePrediction(graph, graph.node('NoSuchOperator', ['distance']))
    await expect(openModel(graph.build({ signature: regression }))).rejects.toThrow(/NoSuchOperator/)
  })
})

test('openModel() says what to do where the machine lacks the locale of a text model', async () => {
  const graph = new GraphBuilder('text')
  const inputs = [{ name: 'note', type: 'text' }] as const
  declareInputs(graph, inputs)
  const flat = graph.node('Reshape', ['note', graph.constant('int64', [1], [-1])])
  const attributes = { case_change_action: attribute.text('LOWER'), locale: attribute.text('tlh_KX.UTF-8') }
  const lower = graph.node('StringNormalizer', [flat], { attributes })
  const length = graph.node('Cast', [graph.node('Shape', [lower])], { attributes: { to: attribute.int(1) } })
  declarePrediction(graph, length)
  const opening = openModel(graph.build({ signature: { task: 'regression', inputs, classes: [] } }))
  await expect(opening).rejects.toMatchObject({ code: 'model/unreadable', remedy: expect.stringMatching(/locale/) })
})

/** A file whose signature takes the number x, and whose graph has other inputs or another output. */
function graphOf(graph: { readonly inputs: Signature['inputs']; readonly output?: string }): Uint8Array {
  const { inputs, output = 'prediction' } = graph
  const builder = new GraphBuilder('odd')
  declareInputs(builder, inputs)
  builder.node('Identity', [builder.constant('float', [1, 1], [0])], { as: output })
  builder.output(output, 'float', ['N', 1])
  return builder.build({ signature: { task: 'regression', inputs: [{ name: 'x', type: 'numeric' }], classes: [] } })
}
