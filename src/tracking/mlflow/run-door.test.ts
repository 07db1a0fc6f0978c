import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownStart } from '../fixtures/own-start.ts'
import { openTrackingCaller, type TrackingCaller } from '../fixtures/tracking-caller.ts'
import { finishRun, logMetrics, openRunDoor, run, startRun, type Run, type RunDoor } from '../index.ts'

let caller: TrackingCaller
let own: Run
let door: RunDoor
let foreign: string
beforeAll(async () => {
  caller = await openTrackingCaller()
  own = await startRun(caller.workspace, ownStart)
  foreign = await caller.startRun()
  door = await openRunDoor(caller.workspace, own.id)
})
afterAll(async () => {
  await door.close()
  await caller.close()
})

async function ask(address: string, fields: object = {}, token = door.token) {
  const [method = '', path = ''] = address.split(' ')
  const answer = await fetch(`${door.uri}/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: typeof fields === 'string' ? fields : JSON.stringify(fields) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    text,
    body: answer.headers.get('content-type') === 'application/json' ? (JSON.parse(text) as object) : null,
  }
}
const metric = (key: string, value: number, step = 0) => ({ key, value, timestamp: 5, step })

describe('openRunDoor()', () => {
  test('lets the trainer of a run log to it, what nobody else can', async () => {
    const id = own.id
    expect(await ask(`GET 2.0/mlflow/runs/get?run_id=${id}`)).toMatchObject({ status: 200 })
    const logged = [
      await ask('POST 2.0/mlflow/runs/log-metric', { run_id: id, ...metric('loss', 0.5, 3) }),
      await ask('POST 2.0/mlflow/runs/log-parameter', { run_id: id, key: 'depth', value: '6' }),
      await ask('POST 2.0/mlflow/runs/log-batch', {
        run_id: id,
        metrics: [metric('auc', 0.99, 9)],
        tags: [{ key: 'a', value: 'b' }],
      }),
      await ask('POST 2.0/mlflow/runs/set-tag', { run_id: id, key: 'c', value: 'd' }),
    ]
    expect(logged.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await run(caller.workspace, id)).toMatchObject({ metrics: { loss: 0.5, auc: 0.99 }, params: { depth: '6' } })
    expect(await caller.call('POST runs/log-metric', { run_id: id, ...metric('loss', 0.1) })).toMatchObject({
      status: 400,
      message: expect.stringContaining('a system made it'),
    })
  })

  test('answers an update of the run, but its state is the system’s', async () => {
    const answer = await ask('POST 2.0/mlflow/runs/update', {
      run_id: own.id,
      status: 'FINISHED',
      end_time: 1,
      run_name: 'x',
    })
    expect(answer).toMatchObject({ status: 200, body: { run_info: { status: 'RUNNING', run_name: 'small trees' } } })
    expect(await run(caller.workspace, own.id)).toMatchObject({ status: 'running', name: 'small trees' })
  })

  test('takes artifacts of the run, and none in the place of those that the system keeps', async () => {
    const at = (path: string) => `PUT 2.0/mlflow-artifacts/artifacts/${path}`
    const folder = `${own.experiment}/${own.id}/artifacts`
    expect((await ask(at(`${folder}/notes.txt`), 'hello' as never)).status).toBe(200)
    expect((await ask(`GET 2.0/mlflow-artifacts/artifacts/${folder}/notes.txt`)).text).toBe('hello')
    for (const path of [
      `${folder}/train.log`,
      `0/${foreign}/artifacts/x`,
      `${folder}/../../${foreign}/x`,
      `${folder}%2Fmodel.onnx`,
      'x',
    ])
      expect([path, (await ask(at(path), 'x' as never)).status]).toEqual([
        path,
        expect.toSatisfy((status) => status >= 400 && status < 500),
      ])
  })

  test('keeps logged models of the run', async () => {
    const made = await ask('POST 2.0/mlflow/logged-models', {
      experiment_id: own.experiment,
      source_run_id: own.id,
      name: 'm',
    })
    expect(made.status).toBe(200)
    const id = (made.body as { model: { info: { model_id: string } } }).model.info.model_id
    expect(
      (await ask(`PUT 2.0/mlflow-artifacts/artifacts/${own.experiment}/models/${id}/artifacts/MLmodel`, 'x' as never))
        .status,
    ).toBe(200)
    expect(
      (await ask(`PATCH 2.0/mlflow/logged-models/${id}`, { model_id: id, status: 'LOGGED_MODEL_READY' })).status,
    ).toBe(200)
  })

  test.each([
    ['another run', 'GET 2.0/mlflow/runs/get?run_id=FOREIGN', {}],
    ['metrics of another run', 'POST 2.0/mlflow/runs/log-metric', { run_id: 'FOREIGN', ...metric('a', 1) }],
    ['a run named twice', 'POST 2.0/mlflow/runs/log-metric', { run_id: 'FOREIGN', run_uuid: 'OWN', ...metric('a', 1) }],
    [
      'a logged model of another run',
      'POST 2.0/mlflow/logged-models',
      { experiment_id: '0', source_run_id: 'FOREIGN' },
    ],
    ['a model that is not there', 'GET 2.0/mlflow/logged-models/m-1', {}],
  ])('refuses %s', async (_, address, fields) => {
    const named = (text: string) => text.replaceAll('FOREIGN', foreign).replaceAll('OWN', own.id)
    const answer = await ask(named(address), JSON.parse(named(JSON.stringify(fields))) as object)
    expect(answer).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } })
  })

  test.each([
    'POST 2.0/mlflow/runs/create',
    'POST 2.0/mlflow/runs/search',
    'POST 2.0/mlflow/runs/delete',
    'POST 2.0/mlflow/experiments/create',
  ])('has no %s', async (address) => {
    expect(await ask(address, { run_id: own.id, experiment_ids: ['0'], name: 'x' })).toMatchObject({
      status: 404,
      body: { error_code: 'ENDPOINT_NOT_FOUND' },
    })
  })

  test('answers nobody without its token, at any address', async () => {
    for (const address of [
      `GET 2.0/mlflow/runs/get?run_id=${own.id}`,
      'GET openapi.json',
      `PUT 2.0/mlflow-artifacts/artifacts/${own.experiment}/${own.id}/artifacts/x`,
    ])
      for (const token of ['', 'wrong', `${door.token}x`])
        expect([address, token, (await ask(address, {}, token)).status]).toEqual([address, token, 403])
  })

  test('is gone once it is closed', async () => {
    const other = await openRunDoor(caller.workspace, own.id)
    await other.close()
    await expect(fetch(`${other.uri}/api/2.0/mlflow/runs/get?run_id=${own.id}`)).rejects.toThrow('fetch failed')
  })
})

test("logMetrics() of step 'last' stands over all that was logged before", async () => {
  await logMetrics(caller.workspace, { runId: own.id, metrics: { auc: 0.7, fresh: 1 }, step: 'last' })
  expect((await run(caller.workspace, own.id)).metrics).toMatchObject({ auc: 0.7, fresh: 1 })
  await finishRun(caller.workspace, { runId: own.id, status: 'finished' })
})
