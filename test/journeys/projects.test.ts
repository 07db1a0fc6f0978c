import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '#governance'
import { registryEndpoints } from '#registry'
import { startRun, trackingEndpoints } from '#tracking'
import { ownStart } from '../../src/tracking/fixtures/own-start.ts'
import { callTracking } from './fixtures/call-tracking.ts'
import { openServer, type TestServer } from './fixtures/open-server.ts'

/** Something of every kind that a project holds. */
interface Held {
  readonly experiment: string
  readonly run: string
  readonly model: string
  readonly registered: string
}

let server: TestServer
const tokens = { a: '', b: '' }
type Project = keyof typeof tokens
let a: Held
let b: Held
/** What the first project showed of itself at the beginning. */
let before: unknown
/** Ids and names of nothing. */
const nothing: Held = { experiment: '999', run: 'f'.repeat(32), model: `m-${'f'.repeat(32)}`, registered: 'none' }

const call = (as: Project | Readonly<Record<string, string>>, address: string, fields?: object) =>
  callTracking(server, {
    address,
    fields,
    headers: typeof as === 'string' ? { authorization: `Bearer ${tokens[as]}` } : as,
  })
const done = async (...asked: Parameters<typeof call>): ReturnType<typeof call> => {
  const answer = await call(...asked)
  if (answer['status'] !== 200) throw new Error(`${asked[1]}: ${JSON.stringify(answer)}`)
  return answer
}
const artifacts = '/api/2.0/mlflow-artifacts/artifacts'
const file = ({ experiment, run }: Held): string => `${experiment}/${run}/artifacts/dir/f.txt`

async function fill(as: Project): Promise<Held> {
  const { experiment_id: experiment } = await done(as, 'POST experiments/create', { name: 'shared' })
  const { run } = await done(as, 'POST runs/create', { experiment_id: experiment })
  const run_id: string = run.info.run_id
  await done(as, 'POST runs/log-metric', { run_id, key: 'loss', value: 1, timestamp: 1 })
  await done(as, 'POST runs/set-tag', { run_id, key: 'k', value: as })
  const { model } = await done(as, 'POST logged-models', {
    experiment_id: experiment,
    name: 'm',
    source_run_id: run_id,
  })
  const model_id: string = model.info.model_id
  const registered = `only-${as}`
  for (const name of ['shared', registered]) {
    await done(as, 'POST registered-models/create', { name })
    await done(as, 'POST model-versions/create', { name, source: `models:/${model_id}`, model_id })
    await done(as, 'POST registered-models/alias', { name, alias: 'champion', version: '1' })
  }
  const held = { experiment, run: run_id, model: model_id, registered }
  await done(as, `PUT ${artifacts}/${file(held)}`, { of: as })
  return held
}

beforeAll(async () => {
  server = await openServer({ MILLRACE_ACCESS: 'tokens' })
  for (const project of ['a', 'b'] as const) {
    const order = { name: `of-${project}`, role: 'operator', project: `team-${project}`, by: 'a test' } as const
    tokens[project] = (await createToken(server.app.workspace, order)).text
  }
  a = await fill('a')
  b = await fill('b')
  before = await shown('a', a)
})
afterAll(() => server.close())

/** Fields for every address at once: each reads those that it knows. */
const fieldsOf = (of: Held) => ({
  experiment_id: of.experiment,
  experiment_name: of.registered,
  run_id: of.run,
  run_ids: [of.run],
  model_id: of.model,
  name: of.registered,
  new_name: 'taken-over',
  version: '1',
  alias: 'champion',
  stage: 'Staging',
  description: 'changed',
  source: 's3://bucket/path',
  key: 'k',
  value: '1',
  timestamp: 2,
  metric_key: 'loss',
  params: [{ key: 'p', value: '1' }],
  tags: [{ key: 'k', value: 'changed' }],
  models: [{ model_id: of.model }],
  model_json: JSON.stringify({ artifact_path: 'm', flavors: {}, utc_time_created: 'now', run_id: of.run }),
})
/** What an address reads differently. */
const differing: Readonly<Record<string, object>> = {
  'PATCH logged-models/:model_id': { status: 'LOGGED_MODEL_UPLOAD_FAILED' },
}
/** Addresses that name nothing that is there, or only look for it. */
const lookingOrMaking = new Set([
  'POST experiments/create',
  'POST experiments/search',
  'GET experiments/search',
  'POST experiments/search-datasets',
  'POST runs/search',
  'POST logged-models/search',
  'POST registered-models/create',
  'GET registered-models/search',
  'GET model-versions/search',
  'GET server-info',
])

/** Asks an address of MLflow's protocol by what a project holds. */
function ask(as: Project, of: Held, { method, path }: { readonly method: string; readonly path: string }) {
  const fields = { ...fieldsOf(of), ...differing[`${method} ${path}`] }
  const filled = path.replace(':model_id', of.model).replace(':tag_key*', 'k')
  if (method !== 'GET') return call(as, `${method} ${filled}`, fields)
  const query = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  )
  return call(as, `GET ${filled}?${new URLSearchParams([...query, ['run_ids', of.run]]).toString()}`)
}

/** All that a project shows of itself. */
const shown = async (as: Project, of: Held): Promise<unknown> => [
  await done(as, `GET experiments/get?experiment_id=${of.experiment}`),
  await done(as, `GET runs/get?run_id=${of.run}`),
  await done(as, `GET logged-models/${of.model}`),
  await done(as, `GET registered-models/get?name=${of.registered}`),
  await done(as, `GET model-versions/search`),
  await done(as, `GET artifacts/list?run_id=${of.run}&path=dir`),
  await done(as, `GET ${artifacts}/${file(of)}`),
]

describe('what belongs to another project', () => {
  const endpoints = [...trackingEndpoints, ...registryEndpoints()]

  test.each(endpoints.filter(({ method, path }) => !lookingOrMaking.has(`${method} ${path}`)))(
    'is as if it were not there: $method $path',
    async (endpoint) => {
      const answer = await ask('b', a, endpoint)
      expect(answer).toMatchObject({ status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' })
      const told = (['run', 'model', 'registered'] as const)
        .reduce((text, kind) => text.replace(a[kind], nothing[kind]), String(answer['message']))
        .replace(`Experiment with id=${a.experiment} `, `Experiment with id=${nothing.experiment} `)
      expect(told).toBe((await ask('b', nothing, endpoint))['message'])
    },
  )

  test('is not found by any search', async () => {
    const everything = { experiment_ids: [a.experiment, b.experiment, '0'], max_results: 100 }
    for (const address of ['POST experiments/search', 'POST runs/search', 'POST logged-models/search']) {
      const found = JSON.stringify(await done('b', address, everything))
      expect(found).toContain(b.experiment)
      for (const id of [a.run, a.model]) expect(found).not.toContain(id)
    }
    for (const address of ['GET registered-models/search', 'GET model-versions/search', 'GET experiments/search']) {
      const found = JSON.stringify(await done('b', address))
      expect(found).not.toContain(a.registered)
      expect(found).toContain('shared')
    }
    expect(await done('b', 'POST experiments/search', { max_results: 100 })).toMatchObject({
      experiments: [{ experiment_id: b.experiment, name: 'shared' }],
    })
  })

  test.each([
    ['a logged model', () => ({ source: `models:/${a.model}` })],
    ['files of a logged model', () => ({ source: 's3://x/y', model_id: a.model })],
    ['files in this store', () => ({ source: `mlflow-artifacts:/${file(a)}` })],
    ['a version', () => ({ source: `models:/${a.registered}/1` })],
    ['a version by its alias', () => ({ source: `models:/${a.registered}@champion` })],
  ])('becomes no version of a model here: %s', async (_, source) => {
    expect(await call('b', 'POST model-versions/create', { name: b.registered, ...source() })).toMatchObject({
      status: 404,
      error_code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  test('is given no metrics', async () => {
    const metric = { run_id: b.run, key: 'x', value: 1, timestamp: 1, model_id: a.model }
    expect(await call('b', 'POST runs/log-metric', metric)).toMatchObject({ status: 404 })
    expect(await call('b', 'POST runs/log-batch', { run_id: b.run, metrics: [metric] })).toMatchObject({ status: 404 })
  })

  test('has artifacts that are neither read, listed, replaced nor deleted', async () => {
    expect(await call('b', `GET ${artifacts}/${file(a)}`)).toMatchObject({ status: 404 })
    expect(await call('b', `PUT ${artifacts}/${file(a)}`, { of: 'b' })).toMatchObject({
      status: 404,
      error_code: 'RESOURCE_DOES_NOT_EXIST',
    })
    expect(await call('b', `PUT ${artifacts}/elsewhere/f`, {})).toMatchObject({ status: 404 })
    expect(await call('b', `DELETE ${artifacts}/${a.experiment}`)).toEqual({ status: 200 })
    expect(await call('b', `GET ${artifacts}?path=${a.experiment}/${a.run}/artifacts`)).toEqual({ status: 200 })
    expect(await call('b', `GET ${artifacts}?path=`)).toMatchObject({ files: [{ path: b.experiment, is_dir: true }] })
    const places = { name: 'placed', artifact_location: `mlflow-artifacts:/${a.experiment}` }
    expect(await call('b', 'POST experiments/create', places)).toMatchObject({ status: 400 })
  })

  test('is what it was before all of that', async () => {
    expect(await shown('a', a)).toEqual(before)
  })
})

describe('a token that is bound to a project', () => {
  test('may ask for nothing that belongs to none', async () => {
    for (const target of ['/api/v1/systems', '/v2/models', '/metrics', '/api/openapi.json'])
      expect(await call('a', `GET ${target}`)).toMatchObject({ status: 403 })
  })

  test('may name its own project, and no other', async () => {
    const as = (project: string) => ({ authorization: `Bearer ${tokens.a}`, 'x-mlflow-workspace': project })
    expect(await call(as('team-a'), `GET runs/get?run_id=${a.run}`)).toMatchObject({ status: 200 })
    expect(await call(as('team-b'), `GET runs/get?run_id=${b.run}`)).toMatchObject({
      status: 403,
      error_code: 'PERMISSION_DENIED',
    })
    expect(await call(as('Team B'), `GET runs/get?run_id=${a.run}`)).toMatchObject({ status: 400 })
  })

  test('has a default experiment of its own, which comes with its first run', async () => {
    expect(await call('a', 'GET experiments/get?experiment_id=0')).toMatchObject({ status: 404 })
    const { run } = await done('a', 'POST runs/create', {})
    expect(await done('a', 'GET experiments/get?experiment_id=0')).toMatchObject({
      experiment: { experiment_id: run.info.experiment_id, name: 'Default' },
    })
    const found = await done('a', 'POST runs/search', { experiment_ids: ['0'] })
    expect(found['runs']).toMatchObject([{ info: { run_id: run.info.run_id } }])
    expect(await call('b', 'GET experiments/get?experiment_id=0')).toMatchObject({ status: 404 })
  })

  test('does not see the runs of systems, which callers of the default project see', async () => {
    const { id, experiment } = await startRun(server.app.workspace, ownStart)
    expect(await call('a', `GET runs/get?run_id=${id}`)).toMatchObject({ status: 404 })
    expect(await call('a', `GET experiments/get?experiment_id=${experiment}`)).toMatchObject({ status: 404 })
    const { text } = await createToken(server.app.workspace, { name: 'anywhere', role: 'viewer', by: 'a test' })
    const anywhere = { authorization: `Bearer ${text}` }
    expect(await call(anywhere, `GET runs/get?run_id=${id}`)).toMatchObject({ status: 200 })
    expect(await call(anywhere, `GET runs/get?run_id=${a.run}`)).toMatchObject({ status: 404 })
    const inA = { ...anywhere, 'x-mlflow-workspace': 'team-a' }
    expect(await call(inA, `GET runs/get?run_id=${a.run}`)).toMatchObject({ status: 200 })
    expect(await call(inA, `GET runs/get?run_id=${id}`)).toMatchObject({ status: 404 })
    expect(await call(anywhere, 'POST runs/create', {})).toMatchObject({ status: 403 })
  })
})
