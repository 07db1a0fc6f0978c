import { describe, expect, test } from 'vitest'
import { numberColumn, stringColumn, type Table } from '#platform'
import { attribute } from '../attribute.ts'
import { bytesOf } from '../fixtures/external-data.ts'
import { columnSum, limitedGraph, matrixClassifier } from '../fixtures/foreign-graphs.ts'
import { GraphBuilder } from '../graph-builder.ts'
import { openModel } from '../open-model.ts'
import { openSession } from '../open-session.ts'
import type { Field, Scores } from '../schema.ts'
import { adaptModel } from './adapt-model.ts'
import { planAdapter, type WantedSignature } from './plan-adapter.ts'

const numeric = (...names: readonly string[]): readonly Field[] => names.map((name) => ({ name, type: 'numeric' }))
const table = (columns: Readonly<Record<string, readonly number[]>>): Table => ({
  rowCount: Object.values(columns)[0]?.length ?? 0,
  columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, numberColumn(values)])),
})

async function adapted(bytes: Uint8Array, wanted: WantedSignature): Promise<Uint8Array> {
  const session = await openSession(bytes)
  const plan = planAdapter(session, wanted)
  await session.release()
  return bytesOf(adaptModel(bytes, plan))
}

async function scored(bytes: Uint8Array, wanted: WantedSignature, rows: Table): Promise<Scores> {
  const model = await openModel(await adapted(bytes, wanted))
  const scores = await model.predict(rows)
  await model.release()
  return scores
}

const softmax = (...values: readonly number[]): number[] => {
  const sum = values.reduce((all, value) => all + Math.exp(value), 0)
  return values.map((value) => Math.exp(value) / sum)
}
const three = { task: 'multiclass', classes: ['a', 'b', 'c'], inputs: numeric('weight', 'label of it') } as const

describe('adaptModel()', () => {
  const weights = [
    [1, 0, -1],
    [0, 2, 1],
  ] as const

  test.each(['float', 'double'] as const)(
    'makes one matrix of %s of the columns in their order, whatever the tensors inside are called',
    async (type) => {
      const scores = await scored(matrixClassifier(weights, type), three, table({ 'label of it': [2], weight: [1] }))
      if (scores.kind !== 'classes') throw new Error('no classes')
      const wanted = softmax(1, 4, 1)
      for (const [k, value] of wanted.entries()) expect(scores.probabilities[k]).toBeCloseTo(value, 6)
    },
  )

  test('takes the columns in the order that the file names, and not all of the dataset', async () => {
    const wanted = { ...three, inputs: numeric('weight', 'more', 'label of it'), columns: ['label of it', 'weight'] }
    const model = await openModel(await adapted(matrixClassifier(weights), wanted))
    expect(model.signature.inputs).toEqual(numeric('label of it', 'weight'))
    const scores = await model.predict(table({ weight: [2], 'label of it': [1] }))
    if (scores.kind !== 'classes') throw new Error('no classes')
    expect(scores.probabilities[1]).toBeCloseTo(softmax(1, 4, 1)[1] as number, 6)
    await model.release()
  })

  test('gives the label of the greatest probability as text', async () => {
    const session = await openSession(await adapted(matrixClassifier(weights), three))
    const column = { type: 'float32', shape: [2, 1] } as const
    const found = await session.run(
      {
        weight: { ...column, data: Float32Array.of(5, 0) },
        'label of it': { ...column, data: Float32Array.of(0, 5) },
      },
      ['label'],
    )
    expect(found['label']).toEqual({ type: 'string', shape: [2], data: ['a', 'b'] })
    await session.release()
  })

  test('makes two probabilities of one for a binary task', async () => {
    const wanted = { task: 'binary', classes: ['false', 'true'], inputs: numeric('x', 'y') } as const
    const scores = await scored(columnSum(['y', 'x'], 'probability'), wanted, table({ x: [0, 3], y: [0, -3] }))
    expect(scores).toEqual({
      kind: 'classes',
      classes: wanted.classes,
      probabilities: Float32Array.of(0.5, 0.5, 0.5, 0.5),
    })
  })

  test('gives one number a row for a regression', async () => {
    const wanted = { task: 'regression', classes: [], inputs: numeric('x', 'y') } as const
    const scores = await scored(columnSum(['x', 'y'], 'number'), wanted, table({ x: [1, 2], y: [10, 20] }))
    expect(scores).toEqual({ kind: 'numbers', values: Float32Array.of(11, 22) })
  })

  test('keeps graphs within graphs, whose tensors come from around them', async () => {
    const wanted = { task: 'regression', classes: [], inputs: numeric('x', 'limit') } as const
    const rows = (x: number): Table => table({ x: [x], limit: [3] })
    expect(await scored(limitedGraph(), wanted, rows(2))).toEqual({ kind: 'numbers', values: Float32Array.of(2) })
    expect(await scored(limitedGraph(), wanted, rows(4))).toEqual({ kind: 'numbers', values: Float32Array.of(3) })
  })
})

describe('planAdapter()', () => {
  const session = async (bytes: Uint8Array) => {
    const opened = await openSession(bytes)
    await opened.release()
    return opened
  }
  test.each<[why: string, bytes: Uint8Array, wanted: WantedSignature, said: string]>([
    ['a matrix of another width', matrixClassifier([[1, 0, 0]]), three, "'input' has the shape [-1, 1]"],
    [
      'another number of classes',
      matrixClassifier([
        [1, 0],
        [0, 1],
      ]),
      three,
      "asks for 'probabilities' [-1, 3] of 'a', 'b', 'c'",
    ],
    [
      'an input that is no column',
      columnSum(['weight', 'height'], 'number'),
      { task: 'regression', classes: [], inputs: numeric('weight') },
      "'height' is no column of the dataset, which has 'weight' (numeric)",
    ],
    [
      'numbers for a column of texts',
      columnSum(['weight', 'way'], 'number'),
      { task: 'regression', classes: [], inputs: [...numeric('weight'), { name: 'way', type: 'categorical' }] },
      "'way' is float32, the categorical column 'way' is string",
    ],
    [
      'a column that the file names and the dataset does not have',
      matrixClassifier([
        [1, 0, 0],
        [0, 1, 0],
      ]),
      { ...three, columns: ['weight', 'height'] },
      "column 'height' is none of the dataset",
    ],
  ])('says which differs: %s', async (_, bytes, wanted, said) => {
    const graph = await session(bytes)
    expect(() => planAdapter(graph, wanted)).toThrow(said)
  })
})

test('a table of texts fits a model of texts by its columns', async () => {
  const graph = new GraphBuilder('texts')
  const same = graph.node('Identity', [graph.input('way', 'string', ['N', 1])])
  const known = graph.node('LabelEncoder', [same], {
    domain: 'ai.onnx.ml',
    attributes: {
      keys_strings: attribute.texts(['air']),
      values_floats: attribute.floats([0.25]),
      default_float: attribute.float(0.75),
    },
  })
  graph.node('Identity', [known], { as: 'y' })
  graph.output('y', 'float', ['N', 1])
  const wanted = { task: 'binary', classes: ['no', 'yes'], inputs: [{ name: 'way', type: 'categorical' }] } as const
  const rows: Table = { rowCount: 2, columns: { way: stringColumn(['air', 'sea']) } }
  expect(await scored(graph.build({}), wanted, rows)).toEqual({
    kind: 'classes',
    classes: ['no', 'yes'],
    probabilities: Float32Array.of(0.75, 0.25, 0.25, 0.75),
  })
})
