import { expect, test } from 'vitest'
import { loggedModelClient, type Model } from '../fixtures/logged-model-client.ts'
import type { Fields } from '../fixtures/tracking-caller.ts'

const { call, startRun, logModel, getModel, found, clock } = loggedModelClient()

test('a logged model that is made is pending, and has what its client gave and a place for its files', async () => {
  const source_run_id = await startRun()
  const tags = [
    { key: 'z', value: '1' },
    { key: 'a', value: 'größe' },
  ]
  const params = [{ key: 'depth', value: '6' }]
  expect(await logModel({ name: 'onnx_model', source_run_id, tags, params })).toEqual({
    info: {
      model_id: expect.stringMatching(/^m-[0-9a-f]{32}$/),
      experiment_id: '0',
      name: 'onnx_model',
      creation_timestamp_ms: 1001,
      last_updated_timestamp_ms: 1001,
      artifact_uri: expect.stringMatching(/^mlflow-artifacts:\/0\/models\/m-[0-9a-f]{32}\/artifacts$/),
      status: 'LOGGED_MODEL_PENDING',
      model_type: '',
      source_run_id,
      tags: tags.toReversed(),
    },
    data: { params },
  })
})

test('a logged model without a name is given one', async () => {
  expect((await logModel()).info['name']).toMatch(/^[a-z]+-[a-z]+-\d+$/)
})

test.each<[string, unknown, string]>([
  ['by its name', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_READY'],
  ['by its number', 3, 'LOGGED_MODEL_UPLOAD_FAILED'],
])('a logged model is finalized with a status %s', async (_, status, name) => {
  const { info } = await logModel()
  clock().advanceTo(2000)
  const answer = await call(`PATCH logged-models/${info.model_id}`, { model_id: info.model_id, status })
  expect(answer).toMatchObject({ model: { info: { status: name, last_updated_timestamp_ms: 2000 } } })
  expect((await getModel(info.model_id)).info).toMatchObject({ status: name, creation_timestamp_ms: 1001 })
})

test('tags of a logged model are set, set anew and deleted, and parameters are added but never changed', async () => {
  const { info } = await logModel({ params: [{ key: 'p', value: '1' }] })
  const at = `logged-models/${info.model_id}`
  const tags = [
    { key: 'a/b', value: '1' },
    { key: 'c', value: '2' },
    { key: 'c', value: '3' },
  ]
  expect(await call(`PATCH ${at}/tags`, { tags })).toEqual({ status: 200 })
  expect((await getModel(info.model_id)).info['tags']).toEqual([tags[0], tags[2]])
  expect(await call(`DELETE ${at}/tags/a%2Fb`)).toEqual({ status: 200 })
  expect(await call(`DELETE ${at}/tags/a/b`)).toMatchObject({ status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' })
  await call(`PATCH ${at}/tags`, { tags: [tags[0]] })
  expect(await call(`DELETE ${at}/tags/a/b`)).toEqual({ status: 200 })
  const params = [
    { key: 'p', value: '1' },
    { key: 'q', value: '2' },
  ]
  for (let twice = 0; twice < 2; twice++) expect(await call(`POST ${at}/params`, { params })).toEqual({ status: 200 })
  const changed = [
    { key: 'r', value: '0' },
    { key: 'p', value: '9' },
  ]
  expect(await call(`POST ${at}/params`, { params: changed })).toMatchObject({
    status: 400,
    message: expect.stringContaining("Param with key='p' was already logged with value='1'"),
  })
  expect((await getModel(info.model_id)).data.params).toEqual(params)
  expect((await getModel(info.model_id)).info['tags']).toEqual([tags[2]])
})

test('a deleted logged model is gone, but for who asks for deleted ones, and may be deleted again', async () => {
  const { info } = await logModel({ name: 'gone' })
  const at = `logged-models/${info.model_id}`
  for (let twice = 0; twice < 2; twice++) expect(await call(`DELETE ${at}`)).toEqual({ status: 200 })
  expect(await call(`GET ${at}`)).toMatchObject({
    status: 404,
    message: `Logged model with ID '${info.model_id}' not found.`,
  })
  expect(await call(`GET ${at}?allow_deleted=true`)).toMatchObject({ status: 200, model: { info: { name: 'gone' } } })
  expect(await found({})).toEqual([])
})

test('a metric that names a logged model counts for the run and for the model, with its dataset', async () => {
  const run_id = await startRun()
  const { info } = await logModel()
  const model_id = info.model_id
  const point = {
    key: 'score',
    value: 0.92,
    timestamp: 5,
    step: 1,
    model_id,
    dataset_name: 'd',
    dataset_digest: '807d',
  }
  const plain = { key: 'score', value: 'NaN', timestamp: 6, step: 2, model_id }
  for (let twice = 0; twice < 2; twice++) {
    expect(
      await call('POST runs/log-batch', { run_id, metrics: [point, { ...point, key: 'other', model_id: '' }] }),
    ).toEqual({ status: 200 })
    expect(await call('POST runs/log-metric', { run_id, ...plain })).toEqual({ status: 200 })
  }
  expect((await getModel(model_id)).data.metrics).toEqual([
    { ...point, run_id },
    { ...plain, run_id },
  ])
  const { run } = (await call(`GET runs/get?run_id=${run_id}`)) as unknown as { run: { data: { metrics: unknown } } }
  expect(run.data.metrics).toEqual([
    { key: 'score', value: 'NaN', timestamp: 6, step: 2 },
    { key: 'other', value: 0.92, timestamp: 5, step: 1 },
  ])
})

test('a metric of a logged model that never was is refused, and its run keeps nothing of it', async () => {
  const run_id = await startRun()
  const metrics = [{ key: 'm', value: 1, timestamp: 1, model_id: 'm-nope' }]
  expect(await call('POST runs/log-batch', { run_id, metrics })).toMatchObject({
    status: 404,
    message: "Logged model with ID 'm-nope' not found.",
  })
  const { run } = (await call(`GET runs/get?run_id=${run_id}`)) as unknown as { run: { data: Fields } }
  expect(run.data['metrics']).toBeUndefined()
})

test('lists show the newest value of each metric alone, one model shows all of them', async () => {
  const run_id = await startRun()
  const { info } = await logModel()
  const metrics = [1, 2, 3].map((step) => ({
    key: 'loss',
    value: 1 / step,
    timestamp: step,
    step,
    model_id: info.model_id,
  }))
  await call('POST runs/log-batch', { run_id, metrics })
  expect((await getModel(info.model_id)).data.metrics).toHaveLength(3)
  const { models } = (await call('POST logged-models/search', { experiment_ids: ['0'] })) as unknown as {
    models: readonly Model[]
  }
  expect(models[0]?.data.metrics).toEqual([{ ...metrics[2], run_id }])
})
