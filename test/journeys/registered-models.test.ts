import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApp, type App } from '#app'
import { matrixClassifier } from '../../src/model/fixtures/foreign-graphs.ts'
import { withTensorsBeside } from '../../src/model/fixtures/external-data.ts'
import { quiet } from './fixtures/open-journey.ts'
import { buyersSystem, onnxModel, registeringClient, visits, withExample } from './fixtures/registered-models.ts'

let folder: string
let app: App
let url: string
const client = registeringClient(() => url)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registered-'))
  app = await openApp({ folder: join(folder, 'store'), config: quiet })
  ;({ url } = await app.listen())
  await writeFile(join(folder, 'visits.csv'), visits)
  for (const name of ['buyers', 'bidders']) {
    await api('PUT', `systems/${name}`, { spec: buyersSystem(name), baseFolder: folder })
    await turned(name)
  }
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

// oxlint-disable-next-line typescript/no-explicit-any -- answers of many forms, held against what is expected
async function api<Body = any>(method: string, path: string, body?: object): Promise<Body> {
  const answer = await fetch(`${url}/api/v1/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  return (await answer.json()) as Body
}

/** Turns the loop once, to its end. */
async function turned(name: string): Promise<void> {
  let turn = await api('POST', `systems/${name}/turns`, {})
  while (turn.state !== 'done') {
    if (turn.state === 'failed') throw new Error(turn.error.message)
    await new Promise((resolve) => setTimeout(resolve, 50))
    turn = await api('GET', `systems/${name}/turns/${turn.id}`)
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- as above
async function post(path: string, body: object): Promise<{ status: number; body: any }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: answer.status, body: await answer.json() }
}

interface Decision {
  readonly kind: string
  readonly subject: string
}

/** A classifier of three numbers into two classes: clicks over pages, or the other way round. */
const buyersModel = (sign: 1 | -1) =>
  matrixClassifier([
    [0, 2 * sign],
    [0, -2 * sign],
    [0, 0],
  ])

const example = JSON.stringify({ inputs: [[1, 2, 3]] })

describe('a registered model of no system', () => {
  test('is served under its name and number once it is READY, tensors beside it included', async () => {
    const { graph, data } = withTensorsBeside(buyersModel(1))
    const files = {
      MLmodel: onnxModel(withExample),
      'model.onnx': graph,
      'weights.data': data,
      'serving_input_example.json': example,
    }
    const made = await client.register('alone', files)
    expect(made.status).toBe('PENDING_REGISTRATION')
    expect(await client.judged(made)).toMatchObject({
      status: 'READY',
      status_message: 'It answers at /v2/models/alone/versions/1/infer and /models/alone/invocations',
    })
    const asked = { inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 3], data: [5, 1, 0] }] }
    const { body } = await post('/v2/models/alone/versions/1/infer', asked)
    expect(body.outputs[0]).toMatchObject({ name: 'label', data: [1] })
    const frame = { dataframe_split: { columns: ['clicks', 'pages', 'noise'], data: [[1, 5, 0]] } }
    expect((await post('/models/alone/invocations', frame)).body.predictions[0].label).toBe(0)
  })

  test('is withdrawn when it is deleted, and its name is free', async () => {
    const files = { MLmodel: onnxModel(), 'model.onnx': buyersModel(1) }
    for (const version of ['1', '2']) {
      const made = await client.register('short-lived', files)
      expect(await client.judged(made)).toMatchObject({ version, status: 'READY' })
    }
    const ask = (path: string) => fetch(`${url}/v2/models/short-lived${path}`).then(({ status }) => status)
    expect([await ask(''), await ask('/versions/1'), await ask('/versions/2')]).toEqual([200, 200, 200])
    await client.call('DELETE model-versions/delete', { name: 'short-lived', version: '1' })
    expect([await ask('/versions/1'), await ask('/versions/2')]).toEqual([404, 200])
    await client.call('DELETE registered-models/delete', { name: 'short-lived' })
    expect(await ask('')).toBe(404)
    const again = await client.register('short-lived', { ...files, 'model.onnx': buyersModel(-1) })
    expect(await client.judged(again)).toMatchObject({ version: '1', status: 'READY' })
  })
})

describe('a model of another flavour', () => {
  test('is READY at once and downloadable, and the refusal to serve it says how to export it', async () => {
    const made = await client.register('forest', {
      MLmodel: 'flavors: {python_function: {loader_module: mlflow.sklearn}, sklearn: {pickled_model: model.pkl}}',
      // A pickle that would run a command; nobody unpickles it.
      'model.pkl': "cos\nsystem\n(S'touch /tmp/millrace-unpickled'\ntR.",
    })
    expect(made.status).toBe('READY')
    const { status, body } = await post('/models/forest/invocations', { inputs: [[1]] })
    expect([status, body.message]).toEqual([
      409,
      "Cannot ask version 1 of 'forest': it is kept as sklearn, and only ONNX models are served: no code of a model ever runs here. Export it with skl2onnx.to_onnx(model, X[:1], options={'zipmap': False}), then register it with mlflow.onnx.log_model",
    ])
    expect((await fetch(`${url}/v2/models/forest`)).status).toBe(409)
  })
})

describe('a registered model of a system', () => {
  test('is judged on its holdout, passes its gates, is released, and answers for it', async () => {
    const files = {
      MLmodel: onnxModel(withExample),
      'model.onnx': buyersModel(1),
      'serving_input_example.json': example,
    }
    const made = await client.register('buyers', files)
    expect(await client.judged(made)).toMatchObject({
      status: 'READY',
      status_message: "It is version 1 of the system 'buyers', and it serves: /api/v1/systems/buyers/predict",
    })
    const answer = await api('POST', 'systems/buyers/predict', { clicks: 5, pages: 1, noise: 0 })
    expect(answer).toMatchObject({ version: 1, arm: 'champion', label: 'true' })
    const { champion } = await api('GET', 'systems/buyers')
    expect(champion).toMatchObject({ number: 1, candidate: 'buyers version 1' })
    const decisions = await api('GET', 'systems/buyers/decisions')
    const gate = decisions.find((one: Decision) => one.kind === 'gate' && one.subject === 'buyers version 1')
    expect(gate).toMatchObject({
      ruling: 'buyers version 1 passed every gate',
      evidence: { passed: true, origin: { registeredModel: 'buyers', version: 1, runId: made.run_id } },
    })
    expect(
      decisions.some((one: Decision) => one.kind === 'release' && /registered by a client/.test(JSON.stringify(one))),
    ).toBe(true)
  })

  test('that its gates refuse is FAILED_REGISTRATION with the reason, kept and not released', async () => {
    const made = await client.register('buyers', { MLmodel: onnxModel(), 'model.onnx': buyersModel(-1) })
    const judged = await client.judged(made)
    expect(judged.status).toBe('FAILED_REGISTRATION')
    expect(judged.status_message).toMatch(
      /^Cannot release it for the system 'buyers': buyers version 2 does not beat the champion version 1: .*\. Look at the evidence/,
    )
    expect((await api('GET', 'systems/buyers')).champion.number).toBe(1)
    const { model_version } = await client.call('GET model-versions/get?name=buyers&version=2')
    expect(model_version).toMatchObject({ status: 'FAILED_REGISTRATION' })
  })

  test('that serves cannot be deleted', async () => {
    const refused = await client.call('DELETE model-versions/delete', { name: 'buyers', version: '1' })
    expect([refused.status, refused.message]).toEqual([
      400,
      "Cannot delete version 1 of 'buyers': it serves the system 'buyers' as its version 1, the champion. Release another version first",
    ])
    expect((await client.call('DELETE registered-models/delete', { name: 'buyers' })).status).toBe(400)
    expect((await client.call('DELETE model-versions/delete', { name: 'buyers', version: '2' })).status).toBe(200)
  })

  test('may have another name, where a tag names the system, and begins by its strategy', async () => {
    const files = { MLmodel: onnxModel(), 'model.onnx': buyersModel(1) }
    const made = await client.register('from the lab', files, { 'millrace.system': 'bidders' })
    expect(await client.judged(made)).toMatchObject({
      status: 'READY',
      status_message:
        "It is version 2 of the system 'bidders', and its release by canary has begun with 25 % of the traffic: /api/v1/systems/bidders/predict",
    })
    const { champion, release } = await api('GET', 'systems/bidders')
    expect([champion.number, release.share]).toEqual([1, 0.25])
  })

  test.each([
    [
      'a matrix of another width',
      matrixClassifier([[0, 1]]),
      "its input 'input' has 1 columns, the columns of numbers are 3",
    ],
    [
      'other classes',
      matrixClassifier([
        [0, 1, 2],
        [0, 1, 2],
        [0, 1, 2],
      ]),
      "its output 'probabilities' has 3 columns, 2 classes are expected: false, true",
    ],
  ])('that does not fit it is FAILED_REGISTRATION: %s', async (_, graph, said) => {
    const made = await client.register('buyers', { MLmodel: onnxModel(), 'model.onnx': graph })
    const { status, status_message } = await client.judged(made)
    expect([status, status_message]).toEqual(['FAILED_REGISTRATION', expect.stringContaining(said)])
  })

  test('is FAILED_REGISTRATION where the tag names a system that was not applied', async () => {
    const files = { MLmodel: onnxModel(), 'model.onnx': buyersModel(1) }
    const made = await client.register('lost', files, { 'millrace.system': 'nobody' })
    expect(await client.judged(made)).toMatchObject({
      status: 'FAILED_REGISTRATION',
      status_message:
        "Cannot judge it for the system 'nobody', which its model's tag names: it was not applied. Apply its file with 'millrace apply', or correct the name: 'millrace status' lists those that were applied",
    })
  })
})
