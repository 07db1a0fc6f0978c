import { describe, expect, test } from 'vitest'
import { numberColumn, stringColumn, type Table } from '#platform'
import { attribute } from '../attribute.ts'
import { GraphBuilder } from '../graph-builder.ts'
import { modelProto, type TensorType } from '../onnx-schema.ts'
import { openModel } from '../open-model.ts'
import { readSignature } from '../signature.ts'
import type { Scores, Signature } from '../schema.ts'
import { adaptModel } from './adapt-model.ts'
import { foreignInterfaceSchema } from './foreign-interface.ts'
import { wireField } from './wire-fields.ts'

const signature: Signature = {
  task: 'binary',
  classes: ['no', 'yes'],
  inputs: [
    { name: 'age', type: 'numeric' },
    { name: 'way', type: 'categorical' },
    { name: 'paid', type: 'boolean' },
    { name: 'sent', type: 'timestamp' },
  ],
}
const table: Table = {
  rowCount: 3,
  columns: {
    age: numberColumn([0.25, 0.5, null]),
    way: stringColumn(['air', 'ship', null]),
    paid: numberColumn([1, 0, null]),
    sent: numberColumn([1, 0, null]),
  },
}
const number: Signature = { ...signature, task: 'regression', classes: [] }

async function answers(bytes: Uint8Array, rows = table): Promise<number[]> {
  const model = await openModel(bytes)
  const scores: Scores = await model.predict(rows)
  await model.release()
  return Array.from(scores.kind === 'numbers' ? scores.values : scores.probabilities)
}

const known = (said: object) => foreignInterfaceSchema.parse(said)

describe('adaptModel()', () => {
  test('gives a graph one tensor for each column, and the standard outputs', async () => {
    const graph = new GraphBuilder('sigmoid')
    graph.node('Sigmoid', [graph.input('age', 'float', ['N', 1])], { as: 'chance' })
    graph.output('chance', 'float', ['N', 1])
    const bytes = adaptModel(graph.build({}), { signature })
    expect(readSignature(bytes)).toEqual(signature)
    const model = await openModel(bytes)
    const rows = { ...table, columns: { ...table.columns, age: numberColumn([0, 2, -2]) } }
    const { probabilities } = (await model.predict(rows)) as { probabilities: Float32Array }
    await model.release()
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
    const expected = [0, 2, -2].flatMap((x) => [1 - sigmoid(x), sigmoid(x)])
    expect(Array.from(probabilities)).toEqual(expected.map((one) => expect.closeTo(one, 6)))
  })

  test.each<[TensorType, (string | number)[], number[]]>([
    ['float', ['N', 1], [0.25, 0.5, NaN]],
    ['double', ['N', 1], [0.25, 0.5, NaN]],
    ['double', ['N'], [0.25, 0.5, NaN]],
    ['int64', ['N', 1], [0, 0, 0]],
    ['int32', ['N'], [0, 0, 0]],
    ['bool', ['N', 1], [1, 1, 0]],
  ])('makes a column of numbers a tensor of %s %j', async (type, dims, expected) => {
    const graph = new GraphBuilder('cast')
    graph.node('Cast', [graph.input('age', type, dims)], { attributes: { to: attribute.int(1) }, as: 'prediction' })
    graph.output('prediction', 'float', dims)
    expect(await answers(adaptModel(graph.build({}), { signature: number }))).toEqual(expected)
  })

  test('keeps moments exact where the graph wants them so', async () => {
    const graph = new GraphBuilder('moment')
    const late = graph.constant('double', [1, 1], [1_700_000_000_000])
    graph.node('Sub', [graph.input('sent', 'double', ['N', 1]), late], { as: 'y' })
    graph.output('y', 'double', ['N', 1])
    const rows = { rowCount: 1, columns: { ...takeFirst(), sent: numberColumn([1_700_000_000_007]) } }
    expect(await answers(adaptModel(graph.build({}), { signature: number }), rows)).toEqual([7])
  })

  test('makes a matrix of all columns of numbers, in their order', async () => {
    const graph = new GraphBuilder('matrix')
    const x = graph.input('X', 'float', ['N', 3])
    graph.node('MatMul', [x, graph.constant('float', [3, 1], [1, 10, 100])], { as: 'variable' })
    graph.output('variable', 'float', ['N', 1])
    expect((await answers(adaptModel(graph.build({}), { signature: number }))).slice(0, 2)).toEqual([110.25, 0.5])
  })

  test('makes a matrix of the columns that were named, with the places of texts among their categories', async () => {
    const graph = new GraphBuilder('matrix')
    const x = graph.input('X', 'float', ['N', 2])
    graph.node('MatMul', [x, graph.constant('float', [2, 1], [1, 10])], { as: 'variable' })
    graph.output('variable', 'float', ['N', 1])
    const said = known({
      inputs: { X: ['paid', { column: 'way', categories: ['road', 'air', 'ship'], unknown: -1 }] },
    })
    const rows = { ...table, columns: { ...table.columns, paid: numberColumn([0, 0, 1]) } }
    expect(await answers(adaptModel(graph.build({}), { signature: number, known: said }), rows)).toEqual([10, 20, -9])
  })

  test('makes a matrix of columns of text', async () => {
    const inputs = [...signature.inputs, { name: 'town', type: 'text' as const }]
    const graph = new GraphBuilder('texts')
    const code = graph.node('LabelEncoder', [graph.input('words', 'string', ['N', 2])], {
      domain: 'ai.onnx.ml',
      attributes: {
        keys_strings: attribute.texts(['air', 'Rome']),
        values_floats: attribute.floats([1, 10]),
        default_float: attribute.float(0),
      },
    })
    graph.node('MatMul', [code, graph.constant('float', [2, 1], [1, 1])], { as: 'y' })
    graph.output('y', 'float', ['N', 1])
    const rows = { ...table, columns: { ...table.columns, town: stringColumn(['Rome', 'Rome', 'x']) } }
    const bytes = adaptModel(graph.build({}), { signature: { ...number, inputs } })
    expect(await answers(bytes, rows)).toEqual([11, 10, 0])
  })

  test('reads maps of probabilities as the tensor that they are made of, in the order of their classes', async () => {
    const graph = new GraphBuilder('maps')
    const scores = graph.node('Concat', [graph.input('age', 'float', ['N', 1]), minus(graph, 'age')], {
      attributes: { axis: attribute.int(1) },
    })
    graph.node('ZipMap', [scores], {
      domain: 'ai.onnx.ml',
      attributes: { classlabels_int64s: attribute.ints([1, 0]) },
      as: 'output_probability',
    })
    const bytes = withMapOutput(graph, 'output_probability')
    const rows = { ...table, columns: { ...table.columns, age: numberColumn([0.25, 0.5, 1]) } }
    expect(await answers(adaptModel(bytes, { signature }), rows)).toEqual([0.75, 0.25, 0.5, 0.5, 0, 1])
  })

  test('gives a class that the model does not know no probability, and orders those that it does', async () => {
    const graph = new GraphBuilder('two of three')
    const scores = graph.node('Concat', [graph.input('age', 'float', ['N', 1]), minus(graph, 'age')], {
      attributes: { axis: attribute.int(1) },
    })
    graph.node('Identity', [scores], { as: 'probabilities' })
    graph.output('probabilities', 'float', ['N', 2])
    const three: Signature = { ...signature, task: 'multiclass', classes: ['a', 'b', 'c'] }
    const bytes = adaptModel(graph.build({}), { signature: three, known: known({ classes: ['c', 0] }) })
    expect((await answers(bytes)).slice(0, 6)).toEqual([0.75, 0, 0.25, 0.5, 0, 0.5])
    expect(() => adaptModel(graph.build({}), { signature: three })).toThrow(
      expect.objectContaining({
        code: 'model/unfitOutput',
        message: expect.stringContaining('3 classes are expected'),
      }),
    )
  })

  test('renames what graphs within the graph read of it', async () => {
    const type = (name: string) => modelProto.root.lookupType(`onnx.${name}`)
    const branch = (name: string, factor: number): Uint8Array => {
      const graph = type('GraphProto').encode({
        name,
        node: [{ opType: 'Mul', input: ['age', `factor${factor}`], output: ['product'] }],
        output: [value('product')],
      })
      const head = type('AttributeProto').encode({ name, type: 5 }).finish()
      return wireField(5, Buffer.concat([head, wireField(6, graph.finish())]))
    }
    const choice = Buffer.concat([
      type('NodeProto')
        .encode({ opType: 'If', input: ['isLarge'], output: ['prediction'] })
        .finish(),
      branch('then_branch', 2),
      branch('else_branch', 3),
    ])
    const constant = (name: string, dims: readonly number[], of: number) => ({
      name,
      dims,
      dataType: 1,
      rawData: new Uint8Array(Float32Array.of(of).buffer),
    })
    const model = modelProto.encode({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 15 }],
      graph: {
        name: 'branches',
        input: [value('age')],
        output: [value('prediction')],
        initializer: [constant('factor2', [1, 1], 2), constant('factor3', [1, 1], 3), constant('limit', [], 10)],
        node: [
          {
            opType: 'ReduceMax',
            input: ['age'],
            output: ['largest'],
            attribute: [{ name: 'keepdims', type: 2, i: 0 }],
          },
          { opType: 'Greater', input: ['largest', 'limit'], output: ['isLarge'] },
        ],
      },
    })
    const bytes = Buffer.concat([model.finish(), wireField(7, wireField(1, choice))])
    const rows = (age: number): Table => ({ rowCount: 1, columns: { ...takeFirst(), age: numberColumn([age]) } })
    const adapted = adaptModel(bytes, { signature: number })
    expect([await answers(adapted, rows(1)), await answers(adapted, rows(100))]).toEqual([[3], [200]])
  })

  test('takes in the tensors that a file keeps beside itself, as far as they may be read', async () => {
    const bytes = modelProto
      .encode({
        irVersion: 8,
        opsetImport: [{ domain: '', version: 15 }],
        graph: {
          name: 'external',
          input: [value('age')],
          output: [value('prediction')],
          node: [{ opType: 'Mul', input: ['age', 'factor'], output: ['prediction'] }],
          initializer: [
            {
              name: 'factor',
              dims: [1, 1],
              dataType: 1,
              externalData: [
                { key: 'location', value: 'model.data' },
                { key: 'offset', value: '4' },
                { key: 'length', value: '4' },
              ],
            },
          ],
        },
      })
      .finish()
    const asked: object[] = []
    const readExternal = (at: object): Uint8Array => {
      asked.push(at)
      return new Uint8Array(Float32Array.of(8).buffer)
    }
    expect((await answers(adaptModel(bytes, { signature: number, readExternal }))).slice(0, 2)).toEqual([2, 4])
    expect(asked).toEqual([{ location: 'model.data', offset: 4, length: 4 }])
  })

  test.each<[string, (graph: GraphBuilder) => void, object, string]>([
    [
      'an input that no column is',
      (graph) => identity(graph, 'weight', ['N', 2]),
      {},
      "its input 'weight' has 2 columns",
    ],
    ['more dimensions than a row has', (graph) => identity(graph, 'age', ['N', 1, 1]), {}, 'has 3 dimensions'],
    [
      'numbers for a column of text',
      (graph) => identity(graph, 'way', ['N', 1]),
      {},
      "its column 'way' is categorical: name its categories",
    ],
    [
      'a column that is not there',
      (graph) => identity(graph, 'X', ['N', 1]),
      { inputs: { X: ['nope'] } },
      "takes column 'nope', which is no input",
    ],
    [
      'an input that is named and not there',
      (graph) => identity(graph, 'age', ['N', 1]),
      { inputs: { Y: ['age'] } },
      "it has no input 'Y'",
    ],
    [
      'an output that is named and not there',
      (graph) => identity(graph, 'age', ['N', 1]),
      { output: 'other' },
      "it has no output 'other' of floats",
    ],
  ])('refuses %s', (_, declare, said, message) => {
    const graph = new GraphBuilder('unfit')
    declare(graph)
    expect(() => adaptModel(graph.build({}), { signature: number, known: known(said) })).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^model\/unfit(Input|Output)$/),
        message: expect.stringContaining(message),
      }),
    )
  })

  test.each([
    ['no bytes', new Uint8Array()],
    ['bytes of something else', Buffer.from('\x80\x04\x95 a pickle')],
    ['a model without a graph', modelProto.encode({ irVersion: 8 }).finish()],
  ])('refuses %s', (_, bytes) => {
    expect(() => adaptModel(bytes, { signature })).toThrow(expect.objectContaining({ code: 'model/unreadable' }))
  })
})

const takeFirst = () => ({
  age: numberColumn([0]),
  way: stringColumn(['air']),
  paid: numberColumn([0]),
  sent: numberColumn([0]),
})

const minus = (graph: GraphBuilder, name: string): string =>
  graph.node('Sub', [graph.constant('float', [1, 1], [1]), name])

function identity(graph: GraphBuilder, name: string, dims: readonly (string | number)[]): void {
  graph.node('Identity', [graph.input(name, 'float', dims)], { as: 'prediction' })
  graph.output('prediction', 'float', dims)
}

const value = (name: string) => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'N' }, { dimValue: 1 }] } } },
})

/** A file whose output is no tensor: the schema here does not write such types. */
function withMapOutput(graph: GraphBuilder, name: string): Uint8Array {
  graph.output(name, 'float', [])
  const model = modelProto.toObject(modelProto.decode(graph.build({}))) as { graph: { output: object[] } }
  model.graph.output = [{ name }]
  return modelProto.encode(model).finish()
}
