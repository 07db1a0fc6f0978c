import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  openWorkspace,
  seededIds,
  seededRandom,
  silentLog,
  virtualClock,
  type Protocol,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { migrations, mlflowProtocol, trackingEndpoints } from '../index.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace
let protocol: Protocol
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logged-models-'))
  clock = virtualClock(1000)
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({ folder, migrations, clock, ids, log: silentLog, threads: 1, scratch: true })
  protocol = mlflowProtocol(workspace, trackingEndpoints)
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

type Fields = Readonly<Record<string, unknown>>
type Answer = Record<string, unknown> & {
  readonly status: number
  readonly error_code?: string
  readonly message?: string
}

/** A request of the protocol: `GET runs/get?run_id=…`, or a POST with its fields. */
async function call(address: string, fields?: Fields | string, headers: Fields = {}): Promise<Answer> {
  const [method, path] = address.split(' ') as [string, string]
  const { status, body } = await protocol.answer({
    method,
    target: `/api/2.0/mlflow/${path}`,
    headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
    body: Buffer.from(fields === undefined ? '' : typeof fields === 'string' ? fields : JSON.stringify(fields)),
  })
  return { status, ...(JSON.parse(body.toString()) as object) }
}

interface Model {
  readonly info: Fields & { readonly model_id: string }
  readonly data: { readonly params?: readonly Fields[]; readonly metrics?: readonly Fields[] }
}

const startRun = async (): Promise<string> => {
  const { run } = (await call('POST runs/create', { experiment_id: '0' })) as unknown as {
    run: { info: { run_id: string } }
  }
  return run.info.run_id
}

/** A logged model with what was asked, made a moment after the one before. */
const logModel = async (fields: Fields = {}): Promise<Model> => {
  clock.advanceTo(clock.now() + 1)
  const { model } = await call('POST logged-models', { experiment_id: '0', ...fields })
  return model as Model
}

const getModel = async (id: string): Promise<Model> => (await call(`GET logged-models/${id}`))['model'] as Model

const found = async (fields: Fields): Promise<readonly unknown[]> => {
  const answer = await call('POST logged-models/search', { experiment_ids: ['0'], ...fields })
  expect(answer).toMatchObject({ status: 200 })
  return ((answer['models'] ?? []) as readonly Model[]).map(({ info }) => info['name'])
}

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
  clock.advanceTo(2000)
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
  expect(await call(`DELETE ${at}/tags/a%2Fb`)).toMatchObject({ status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' })
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
    { key: 'other', value: 0.92, timestamp: 5, step: 1 },
    { key: 'score', value: 'NaN', timestamp: 6, step: 2 },
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

/** Four models: their metrics 'auc' are 0.9 on d1, then 0.5 on d2; 0.7 on d1; NaN; none. */
async function fourModels(): Promise<void> {
  const run_id = await startRun()
  const ids: string[] = []
  for (const [place, name] of ['first', 'second', 'third', 'Fourth'].entries()) {
    const params = [{ key: 'kind', value: place < 2 ? 'trees' : 'linear' }]
    const tags = place === 3 ? [] : [{ key: 'team', value: place === 0 ? 'ops' : 'web' }]
    ids.push(
      (await logModel({ name, model_type: 'm', source_run_id: place === 2 ? run_id : '', params, tags })).info.model_id,
    )
  }
  const metrics = [
    { model_id: ids[0], value: 0.9, timestamp: 1, dataset_name: 'd1', dataset_digest: 'x' },
    { model_id: ids[0], value: 0.5, timestamp: 2, dataset_name: 'd2', dataset_digest: 'y' },
    { model_id: ids[1], value: 0.7, timestamp: 1, dataset_name: 'd1', dataset_digest: 'z' },
    { model_id: ids[2], value: 'NaN', timestamp: 1 },
  ]
  await call('POST runs/log-batch', { run_id, metrics: metrics.map((point) => ({ key: 'auc', ...point })) })
  await call(`PATCH logged-models/${ids[1]}`, { status: 'LOGGED_MODEL_READY' })
}

test.each<[string, Fields, readonly string[]]>([
  ['nothing in particular, the newest first', {}, ['Fourth', 'third', 'second', 'first']],
  ['a name', { filter: "name = 'second'" }, ['second']],
  ['a pattern', { filter: "name LIKE 'f%'" }, ['first']],
  ['a pattern without case', { filter: "name ILIKE 'f%'" }, ['Fourth', 'first']],
  ['one of some names', { filter: "name IN ('first', 'third')" }, ['third', 'first']],
  ['a status', { filter: "status = 'READY'" }, ['second']],
  ['a status as the protocol writes it', { filter: "attributes.status != 'LOGGED_MODEL_PENDING'" }, ['second']],
  ['a moment', { filter: 'creation_timestamp > 1002' }, ['Fourth', 'third']],
  ['a parameter and a tag', { filter: "params.kind = 'trees' AND tags.`team` = 'ops'" }, ['first']],
  ['a metric', { filter: 'metrics.auc > 0.6' }, ['second', 'first']],
  ['a metric on a dataset', { filter: 'metrics.auc > 0.6', datasets: [{ dataset_name: 'd2' }] }, []],
  ['a dataset', { datasets: [{ dataset_name: 'd1' }] }, ['second', 'first']],
  ['a dataset of one digest', { datasets: [{ dataset_name: 'd1', dataset_digest: 'z' }] }, ['second']],
  [
    'an order by a metric, what lacks it last',
    { order_by: [{ field_name: 'metrics.auc', ascending: true }] },
    ['first', 'second', 'Fourth', 'third'],
  ],
  [
    'an order by a metric on a dataset',
    { order_by: [{ field_name: 'metrics.auc', ascending: false, dataset_name: 'd1' }] },
    ['first', 'second', 'Fourth', 'third'],
  ],
  [
    'an order by moments',
    { order_by: [{ field_name: 'creation_timestamp_ms', ascending: false }] },
    ['Fourth', 'third', 'second', 'first'],
  ],
  [
    'an order, as R sends it',
    { order_by: [{ field_name: 'name', ascending: 'FALSE' }], max_results: '2' },
    ['third', 'second'],
  ],
  ['another experiment', { experiment_ids: ['7', 'none'] }, []],
])('finds logged models by %s', async (_, search, names) => {
  await fourModels()
  expect(await found(search)).toEqual(names)
})

test('pages of logged models follow each other, and a token is of one search alone', async () => {
  await fourModels()
  const seen: unknown[] = []
  let page_token: unknown = ''
  const search = { experiment_ids: ['0'], filter: "model_type = 'm'", max_results: 3 }
  for (let page = 0; page < 2; page++) {
    const answer = await call('POST logged-models/search', { ...search, page_token })
    seen.push(...(answer['models'] as readonly Model[]).map(({ info }) => info['name']))
    if (page === 0) page_token = answer['next_page_token']
    else expect(answer['next_page_token']).toBeUndefined()
  }
  expect(seen).toEqual(['Fourth', 'third', 'second', 'first'])
  expect(await call('POST logged-models/search', { ...search, filter: '', page_token })).toMatchObject({
    status: 400,
    message: expect.stringContaining('page token does not match'),
  })
})

const invalid = { status: 400, error_code: 'INVALID_PARAMETER_VALUE' }
const absent = { status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' }

test.each<[string, string, Fields | undefined, object]>([
  [
    'a name with a slash',
    'POST logged-models',
    { experiment_id: '0', name: 'a/b' },
    {
      ...invalid,
      message: `Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    },
  ],
  ['a name without end', 'POST logged-models', { experiment_id: '0', name: 'n'.repeat(501) }, invalid],
  [
    'a model of no experiment',
    'POST logged-models',
    {},
    { ...invalid, message: expect.stringContaining("'experiment_id'") },
  ],
  [
    'a model of an experiment that is not',
    'POST logged-models',
    { experiment_id: '9' },
    { ...absent, message: 'No Experiment with id=9 exists' },
  ],
  [
    'a parameter twice with two values',
    'POST logged-models',
    {
      experiment_id: '0',
      params: [
        { key: 'p', value: '1' },
        { key: 'p', value: '2' },
      ],
    },
    invalid,
  ],
  [
    'a tag without a key',
    'POST logged-models',
    { experiment_id: '0', tags: [{ value: '1' }] },
    { ...invalid, message: expect.stringContaining("'tags[0].key'") },
  ],
  [
    'a model that is not',
    'GET logged-models/nope',
    undefined,
    { ...absent, message: "Logged model with ID 'nope' not found." },
  ],
  ['the end of a model that is not', 'PATCH logged-models/nope', { status: 'LOGGED_MODEL_READY' }, absent],
  ['a status that is not', 'PATCH logged-models/nope', { status: 'DONE' }, invalid],
  ['no status', 'PATCH logged-models/nope', {}, { ...invalid, message: expect.stringContaining("'status'") }],
  ['the deletion of a model that is not', 'DELETE logged-models/nope', undefined, absent],
  ['tags of a model that is not', 'PATCH logged-models/nope/tags', { tags: [{ key: 'a', value: '1' }] }, absent],
  [
    'a search of no experiment',
    'POST logged-models/search',
    {},
    { ...invalid, message: expect.stringContaining("'experiment_ids'") },
  ],
  [
    'an attribute that models lack',
    'POST logged-models/search',
    { experiment_ids: ['0'], filter: "bogus = 'x'" },
    { ...invalid, message: expect.stringContaining("'bogus'") },
  ],
  [
    'a metric compared with text',
    'POST logged-models/search',
    { experiment_ids: ['0'], filter: "metrics.x > 'a'" },
    invalid,
  ],
  ['an OR', 'POST logged-models/search', { experiment_ids: ['0'], filter: "name = 'a' OR name = 'b'" }, invalid],
  [
    'SQL in the place of a filter',
    'POST logged-models/search',
    { experiment_ids: ['0'], filter: "name = 'x'; drop table tracking_runs" },
    invalid,
  ],
  [
    'an order that is none',
    'POST logged-models/search',
    { experiment_ids: ['0'], order_by: [{ field_name: 'name; drop table tracking_runs' }] },
    invalid,
  ],
  [
    'an order by a parameter',
    'POST logged-models/search',
    { experiment_ids: ['0'], order_by: [{ field_name: 'params.p' }] },
    { ...invalid, message: 'Invalid order by field name: params.p. Only metrics are supported.' },
  ],
  ['an order that is no object', 'POST logged-models/search', { experiment_ids: ['0'], order_by: ['name'] }, invalid],
  [
    'a dataset without a name',
    'POST logged-models/search',
    { experiment_ids: ['0'], datasets: [{ dataset_digest: 'x' }] },
    { ...invalid, message: '`dataset_name` in the `datasets` clause must be specified.' },
  ],
  ['a page token that is none', 'POST logged-models/search', { experiment_ids: ['0'], page_token: '!!!' }, invalid],
])('%s is refused in the words of MLflow', async (_, address, fields, refusal) => {
  expect(await call(address, fields)).toMatchObject(refusal)
})
