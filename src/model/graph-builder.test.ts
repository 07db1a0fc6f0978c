import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { attribute } from './attribute.ts'
import { GraphBuilder } from './graph-builder.ts'
import { declareClasses, declareInputs } from './model-interface.ts'
import { modelProto } from './onnx-schema.ts'
import { readSignature } from './signature.ts'

describe('GraphBuilder', () => {
  test('builds a graph that onnxruntime runs', async () => {
    const graph = new GraphBuilder('twice')
    const x = graph.input('x', 'float', ['N', 2])
    graph.node('MatMul', [x, graph.constant('float', [2, 1], [2, 3])], { as: 'y' })
    graph.output('y', 'float', ['N', 1])
    const session = await InferenceSession.create(graph.build({}))
    const { y } = await session.run({ x: new Tensor('float32', [1, 10, 2, 20], [2, 2]) })
    expect(y?.data).toEqual(Float32Array.of(32, 64))
  })

  test('keeps every tensor type exactly', async () => {
    const graph = new GraphBuilder('constants')
    graph.input('x', 'float', [1])
    const cases = {
      float: [1.5, NaN],
      double: [Math.PI, -Infinity],
      int32: [-1, 7],
      int64: [2 ** 53, -5],
      uint8: [0, 255],
      bool: [0, 1],
      string: ['naïve', ''],
    } as const
    for (const [type, data] of Object.entries(cases) as unknown as [keyof typeof cases, readonly never[]][]) {
      graph.node('Identity', [graph.constant(type, [2], data)], { as: type })
      graph.output(type, type, [2])
    }
    const session = await InferenceSession.create(graph.build({}))
    const found = await session.run({ x: new Tensor('float32', [0], [1]) })
    for (const [type, data] of Object.entries(cases))
      expect(
        Array.from(found[type]?.data as unknown as ArrayLike<unknown>, (v) => (typeof v === 'string' ? v : Number(v))),
      ).toEqual([...data])
  })

  test('reads back as it was written', () => {
    const graph = new GraphBuilder('named')
    graph.input('x', 'float', ['N', 3])
    graph.nodes('Split', ['x'], { outputs: ['a', 'b'], attributes: { axis: attribute.int(-1) } })
    graph.node('Scaler', ['a'], { domain: 'ai.onnx.ml', attributes: { scale: attribute.floats([0.5]) }, as: 'c' })
    graph.output('c', 'float', ['N', 1])
    const model = modelProto.toObject(modelProto.decode(graph.build({ opsets: { 'ai.onnx.ml': 3 } })), {
      longs: Number,
    }) as Record<string, unknown>
    expect(model).toMatchObject({
      irVersion: 10,
      opsetImport: [{ version: 20 }, { domain: 'ai.onnx.ml', version: 3 }],
      graph: {
        name: 'named',
        node: [
          { opType: 'Split', input: ['x'], output: ['a', 'b'], attribute: [{ name: 'axis', type: 2, i: -1 }] },
          { opType: 'Scaler', domain: 'ai.onnx.ml', attribute: [{ name: 'scale', type: 6, floats: [0.5] }] },
        ],
        input: [
          { name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'N' }, { dimValue: 3 }] } } } },
        ],
      },
    })
  })

  test('leaves out what no output needs', () => {
    const graph = new GraphBuilder('lean')
    const x = graph.input('x', 'float', ['N', 1])
    graph.node('Add', [x, graph.constant('float', [1], [1])])
    const y = graph.node('Mul', [x, graph.constant('float', [1], [2])])
    graph.node('Neg', [y], { as: 'z' })
    graph.output('z', 'float', ['N', 1])
    const model = modelProto.decode(graph.build({})) as unknown as {
      graph: { node: { opType: string }[]; initializer: unknown[] }
    }
    expect(model.graph.node.map((node) => node.opType)).toEqual(['Mul', 'Neg'])
    expect(model.graph.initializer).toHaveLength(1)
  })

  test('carries the signature in the metadata', () => {
    const signature = {
      task: 'binary',
      inputs: [{ name: 'durée', type: 'numeric' }],
      classes: ['no', 'yes'],
    } as const
    expect(readSignature(new GraphBuilder('empty').build({ signature }))).toEqual(signature)
  })

  test('refuses constants that do not fill their dimensions', () => {
    expect(() => new GraphBuilder('wrong').constant('float', [2, 2], [1])).toThrow(/holds 4 values, got 1$/)
  })
})

test('declareInputs() refuses a column named like an output', () => {
  expect(() => declareInputs(new GraphBuilder('g'), [{ name: 'label', type: 'text' }])).toThrow(
    expect.objectContaining({ code: 'model/reservedName' }),
  )
})

test('declareClasses() labels each row with its most probable class, the first of equals', async () => {
  const graph = new GraphBuilder('classes')
  const x = graph.input('x', 'double', ['N', 2])
  declareClasses(graph, x, { classes: ['no', 'yes'], type: 'double' })
  const session = await InferenceSession.create(graph.build({}))
  const { label, probabilities } = await session.run({
    x: new Tensor('float64', Float64Array.of(0.25, 0.75, 0.5, 0.5), [2, 2]),
  })
  expect(label?.data).toEqual(['yes', 'no'])
  expect(probabilities?.data).toEqual(Float32Array.of(0.25, 0.75, 0.5, 0.5))
})

test.each([
  ['random bytes', new Uint8Array([255, 255, 255, 1, 2]), 'model/unreadable'],
  ['a graph without signature', new GraphBuilder('bare').build({}), 'model/noSignature'],
])('readSignature() refuses %s', (_, bytes, code) => {
  expect(() => readSignature(bytes)).toThrow(expect.objectContaining({ code }))
})
