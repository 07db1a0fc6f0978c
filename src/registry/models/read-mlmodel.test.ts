import { describe, expect, test } from 'vitest'
import { parseMlModel } from './read-mlmodel.ts'

describe('parseMlModel()', () => {
  test('reads what MLflow writes, signature folded over lines included', async () => {
    const text = `
artifact_path: mlflow-artifacts:/1/models/m-1/artifacts
flavors:
  onnx: {code: null, data: model.onnx, onnx_session_options: null, onnx_version: 1.23.1}
  python_function: {data: model.onnx, loader_module: mlflow.onnx}
saved_input_example_info: {artifact_path: input_example.json, serving_input_path: serving_input_example.json, type: ndarray}
signature:
  inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape":
    [-1, 4]}}]'
  outputs: '[{"type": "double", "name": "y", "required": true}]'
  params: null
utc_time_created: '2026-11-20 13:31:46.055931'
`
    expect(await parseMlModel(text)).toEqual({
      flavors: ['onnx', 'python_function'],
      graph: 'model.onnx',
      inputs: [{ name: undefined, type: 'tensor', dtype: 'float32', shape: [-1, 4] }],
      outputs: [{ name: 'y', type: 'double' }],
      requestExample: 'serving_input_example.json',
      inputExample: 'input_example.json',
    })
  })

  test('knows models of other flavours, which have no graph', async () => {
    expect(await parseMlModel('flavors: {sklearn: {pickled_model: model.pkl}}')).toMatchObject({
      flavors: ['sklearn'],
      graph: null,
      inputs: null,
    })
  })

  test.each([
    ['no YAML', 'flavors: {onnx: ['],
    ['a list', '- onnx'],
    ['nothing', ''],
    ['no flavours', 'model_uuid: 1'],
    ['a signature that is no JSON', "flavors: {onnx: {}}\nsignature: {inputs: '[{'}"],
    ['a signature of something else', 'flavors: {onnx: {}}\nsignature: {inputs: \'{"a": 1}\'}'],
    [
      'aliases that make a short text long',
      `a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nflavors: {onnx: {data: [*c, *c]}}`,
    ],
    ['an object of another language', 'flavors: {onnx: !!python/object/apply:os.system ["ls"]}\n: ['],
  ])('refuses %s', async (_, text) => {
    await expect(parseMlModel(text)).rejects.toThrow(/^Cannot read the file MLmodel: /)
  })
})
