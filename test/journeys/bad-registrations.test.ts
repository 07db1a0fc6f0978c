import { gzipSync } from 'node:zlib'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApp, type App } from '#app'
import { GraphBuilder } from '#model'
import { withTensorsBeside } from '../../src/model/fixtures/external-data.ts'
import { gatherModel } from '../../src/loop/registration/gather-model.ts'
import { matrixClassifier } from '../../src/model/fixtures/foreign-graphs.ts'
import { badModels } from './fixtures/bad-models.ts'
import { quiet } from './fixtures/open-journey.ts'
import { onnxModel, registeringClient, withExample, type ModelFiles } from './fixtures/registered-models.ts'

let folder: string
let app: App
let url: string
const client = registeringClient(() => url)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registered-'))
  app = await openApp({ folder, config: { ...quiet, MILLRACE_OPEN_MODELS_MB: 8 } })
  ;({ url } = await app.listen())
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const good = matrixClassifier([
  [1, 0],
  [0, 1],
])
const beside = (location: string): ModelFiles => {
  const { graph, data } = withTensorsBeside(good, (truth) => ({ ...truth, location }))
  return { MLmodel: onnxModel(), 'model.onnx': graph, 'weights.data': data }
}
const withFiles = (files: ModelFiles): ModelFiles => ({ MLmodel: onnxModel(withExample), 'model.onnx': good, ...files })

const badModel = (why: string): Uint8Array => badModels.find(([name]) => name === why)?.[1] as Uint8Array

/** Declares a tensor that nothing could hold. */
function hugeModel(): Uint8Array {
  const graph = new GraphBuilder('huge')
  const x = graph.input('x', 'float', ['N', 1])
  const shape = graph.constant('int64', [3], BigInt64Array.of(1n << 20n, 1n << 20n, 1n))
  graph.node('ReduceMax', [graph.node('Add', [graph.node('ConstantOfShape', [shape]), x])], { as: 'y' })
  graph.output('y', 'float', [1, 1, 1])
  return graph.build({})
}

test.each<[why: string, files: ModelFiles, said: string]>([
  [
    'a graph with an operator of an unknown domain',
    { MLmodel: onnxModel(), 'model.onnx': badModel('an operator of an unknown domain') },
    'com.example:Secret',
  ],
  ['a graph that is compressed', { MLmodel: onnxModel(), 'model.onnx': gzipSync(good) }, 'Export the model again'],
  ['tensors in a file of the machine', beside('/etc/passwd'), "'/etc/passwd' is not in the folder"],
  [
    'tensors in a file that is shorter',
    { ...beside('weights.data'), 'weights.data': 'short' },
    'bytes long, which has 5',
  ],
  ['no graph', { MLmodel: onnxModel() }, "it has no file 'model.onnx'"],
  [
    'a graph above its folder',
    { ...withFiles({}), MLmodel: onnxModel().replace('data: model.onnx,', 'data: ../model.onnx,') },
    "it has no file '../model.onnx'",
  ],
  ['a file MLmodel that is none', { MLmodel: 'flavors: [', 'model.onnx': good }, 'Cannot read the file MLmodel'],
  [
    'a signature that lies',
    {
      ...withFiles({}),
      MLmodel: onnxModel(
        `signature: {inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1, 9]}}]'}`,
      ),
    },
    "its input int64 [-1, 9] differs from 'input', the graph has 'input' float32 [-1, 2]",
  ],
  [
    'an example of another shape',
    withFiles({ 'serving_input_example.json': '{"inputs": [[1, 2, 3]]}' }),
    "Cannot answer the model's own input example",
  ],
  ['an example that is no JSON', withFiles({ 'serving_input_example.json': '{"inputs": [[' }), 'its body is not JSON'],
  [
    'an example with answers that are not finite',
    withFiles({ 'serving_input_example.json': '{"inputs": [[1e39, 2]]}' }),
    "the output 'probabilities' has NaN",
  ],
  [
    'a graph that needs more memory than there is',
    { MLmodel: onnxModel(withExample), 'model.onnx': hugeModel(), 'serving_input_example.json': '{"inputs": [[1]]}' },
    '',
  ],
  [
    'files that are larger than what is taken',
    withFiles({ 'more.data': Buffer.alloc(9 * 2 ** 20) }),
    'at most 8388608 are taken',
  ],
])('%s: the version is FAILED_REGISTRATION, and nothing is served', async (why, files, said) => {
  const name = `bad-${why.replaceAll(/[^a-z]+/g, '-').slice(0, 100)}`
  const { status, status_message: message } = await client.judged(await client.register(name, files))
  expect([status, message]).toEqual(['FAILED_REGISTRATION', expect.stringContaining(said)])
  expect(message).not.toContain(folder)
  expect((await fetch(`${url}/v2/models/${name}`)).status).toBe(409)
})

test('a name that can stand in no address is FAILED_REGISTRATION', async () => {
  const made = await client.register('a/b c', withFiles({ 'serving_input_example.json': '{"inputs": [[1, 2]]}' }))
  expect((await client.judged(made)).status_message).toContain("expected a name of letters, digits, '.', '_' and '-'")
})

test('a folder of more files than a model has is refused without reading them', async () => {
  const more = Object.fromEntries(Array.from({ length: 5 }, (_, k) => [`many/${k}`, 'x']))
  const id = await client.log(withFiles(more))
  const uri = `mlflow-artifacts:/0/models/${id}/artifacts`
  await expect(gatherModel(app.workspace, { uri }, { maxBytes: 1e6, mostFiles: 5 })).rejects.toMatchObject({
    code: 'loop/tooManyFiles',
    message: 'Cannot gather the model: its folder has more than 5 files',
  })
})

test('after all of them the server judges and serves a good one', async () => {
  const made = await client.register('good', withFiles({ 'serving_input_example.json': '{"inputs": [[1, 2]]}' }))
  expect(await client.judged(made)).toMatchObject({ status: 'READY' })
})
