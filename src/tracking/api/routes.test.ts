import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askJson, type JsonAnswer } from '../fixtures/ask-json.ts'
import { openMlflowServer, type MlflowServer } from '../fixtures/mlflow-server.ts'
import { ownStart } from '../fixtures/own-start.ts'
import { startRun } from '../index.ts'

let folder: string
let server: MlflowServer
let run: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracking-api-'))
  server = await openMlflowServer(folder)
  const made = await call('POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0', run_name: 'first' })
  run = made.body.run.info.run_id
  const metrics = Array.from({ length: 1000 }, (_, step) => ({ key: 'loss', value: step / 7, timestamp: step, step }))
  await call('POST', '/api/2.0/mlflow/runs/log-batch', { run_id: run, metrics })
  await call('POST', '/api/2.0/mlflow/runs/log-metric', { run_id: run, key: 'auc', value: 'NaN', timestamp: 1 })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const call = (method: string, path: string, body?: unknown) => askJson(server.port, `${method} ${path}`, { body })

test('the history of all metrics comes page by page, each value once, one metric after the other', async () => {
  const seen: unknown[] = []
  for (let offset: number | null = 0; offset !== null;) {
    const { body }: JsonAnswer = await call('GET', `/api/v1/runs/${run}/history?limit=300&offset=${offset}`)
    for (const { name, points } of body.metrics) for (const point of points) seen.push({ name, ...point })
    offset = body.nextOffset
  }
  expect(seen).toHaveLength(1001)
  expect(seen[0]).toEqual({ name: 'auc', step: 0, atMs: 1, value: 'NaN' })
  expect(seen.slice(1)).toEqual(
    Array.from({ length: 1000 }, (_, step) => ({ name: 'loss', step, atMs: step, value: step / 7 })),
  )
})

test('a chart shows about as many steps as are asked for, the first and the last among them', async () => {
  const { body } = await call('GET', `/api/v1/runs/${run}/chart?metric=loss&steps=50`)
  expect(body.points.length).toBeGreaterThan(40)
  expect(body.points.length).toBeLessThan(53)
  expect([body.points[0].step, body.points.at(-1).step]).toEqual([0, 999])
})

test('files are listed by folder and below, page by page, with their digests', async () => {
  const put = (name: string) =>
    fetch(`http://127.0.0.1:${server.port}/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/${name}`, {
      method: 'PUT',
      body: name,
    })
  for (const name of ['a', 'b/c', 'b/d/e']) await put(name)
  const folder = encodeURIComponent(`0/${run}/artifacts`)
  const first = await call('GET', `/api/v1/artifacts?folder=${folder}&limit=2`)
  expect(first.body.files.map(({ path }: { path: string }) => path)).toEqual(['a', 'b/c'])
  const second = await call('GET', `/api/v1/artifacts?folder=${folder}&limit=2&offset=${first.body.nextOffset}`)
  expect(second.body).toMatchObject({ files: [{ path: 'b/d/e', sizeBytes: 5 }], nextOffset: null })
  expect(second.body.files[0].digest).toMatch(/^[0-9a-f]{64}$/)
  expect(await call('GET', '/api/v1/artifacts?folder=../x')).toMatchObject({
    status: 422,
    body: { code: 'tracking/notTaken' },
  })
})

/** A run as it is brought in. */
const given = {
  id: 'a1',
  name: 'given',
  user: '',
  status: 'finished',
  state: 'active',
  startedAtMs: 5,
  finishedAtMs: 6,
  params: [{ name: 'p', value: '1' }],
  tags: [],
  datasets: [],
  models: [],
}
const begun = async (name: string): Promise<string> => {
  const about = { name, state: 'active', createdAtMs: 1, updatedAtMs: 2, tags: [] }
  return (await call('POST', '/api/v1/imports', about)).body.id
}

test('a run that is brought in keeps its id and times, and what is sent again changes nothing', async () => {
  const id = await begun('kept')
  for (const _ of [1, 2]) {
    expect(await call('POST', `/api/v1/imports/${id}/runs`, given)).toMatchObject({ status: 200 })
    const metrics = [{ name: 'm', points: [{ step: 0, atMs: 7, value: '-Infinity' }] }]
    expect(await call('POST', `/api/v1/imports/${id}/runs/a1/history`, { metrics })).toMatchObject({ status: 200 })
  }
  const { body } = await call('GET', '/api/v1/runs/a1')
  expect(body).toMatchObject({ startedAtMs: 5, finishedAtMs: 6, params: [{ name: 'p', value: '1' }], system: null })
  expect(body.metrics).toEqual([{ name: 'm', step: 0, atMs: 7, value: -Number.MAX_VALUE }])
  const ask = () => call('POST', `/api/v1/imports/${id}/ids`, { runs: ['a1'] })
  expect((await ask()).body.runs).toEqual([{ id: 'a1', here: 'a1', print: null }])
  await call('PUT', `/api/v1/imports/${id}/runs/a1`, { print: 'x' })
  expect((await ask()).body.runs).toEqual([{ id: 'a1', here: 'a1', print: 'x' }])
})

test('an id that another experiment has gives way to one that stays the same', async () => {
  const [one, other] = [await begun('one'), await begun('other')]
  await call('POST', `/api/v1/imports/${one}/runs`, { ...given, id: 'b1' })
  expect(await call('POST', `/api/v1/imports/${other}/runs`, { ...given, id: 'b1' })).toMatchObject({
    status: 409,
    body: { code: 'tracking/idTaken' },
  })
  const ask = async () => (await call('POST', `/api/v1/imports/${other}/ids`, { runs: ['b1'] })).body.runs[0].here
  const here = await ask()
  expect(here).toMatch(/^[0-9a-f]{32}$/)
  expect(await call('POST', `/api/v1/imports/${other}/runs`, { ...given, id: here })).toMatchObject({ status: 200 })
  expect(await ask()).toBe(here)
})

test.each([
  [
    'a parameter that the run has with another value',
    { params: [{ name: 'p', value: '2' }] },
    409,
    'tracking/paramChanged',
  ],
  ['an id that is a path', { id: '../x' }, 422, 'http/invalidRequest'],
  ['a name of a tag that is a path', { tags: [{ name: '../x', value: '' }] }, 422, 'tracking/notTaken'],
  ['a moment that is none', { startedAtMs: 'soon' }, 422, 'http/invalidRequest'],
])('%s is not brought in', async (_, change, status, code) => {
  const id = await begun('refused')
  await call('POST', `/api/v1/imports/${id}/runs`, { ...given, id: 'c1' })
  const answer = await call('POST', `/api/v1/imports/${id}/runs`, { ...given, id: 'c1', ...change })
  expect(answer).toMatchObject({ status, body: { code } })
  const { body } = await call('GET', '/api/v1/runs/c1')
  expect([body.params, body.tags]).toEqual([[{ name: 'p', value: '1' }], []])
})

test('nothing is brought into the experiment of a system, nor into one that is not there', async () => {
  await startRun(server.workspace, ownStart)
  const about = { name: ownStart.system, state: 'active', createdAtMs: 1, updatedAtMs: 1, tags: [] }
  expect(await call('POST', '/api/v1/imports', about)).toMatchObject({
    status: 409,
    body: { code: 'tracking/ownRecord' },
  })
  const { body } = await call('POST', '/api/v1/experiments/search', { filter: `name = '${ownStart.system}'` })
  const [{ id, system }] = body.experiments
  expect(system).toBe(ownStart.system)
  expect(await call('POST', `/api/v1/imports/${id}/runs`, given)).toMatchObject({ status: 409 })
  expect(await call('POST', '/api/v1/imports/999/runs', given)).toMatchObject({
    status: 404,
    body: { code: 'tracking/unknownExperiment' },
  })
})

test('what belongs to another project is as if it were not there', async () => {
  const id = await begun('mine')
  await call('POST', `/api/v1/imports/${id}/runs`, { ...given, id: 'd1' })
  const elsewhere = (address: string, body?: unknown) => askJson(server.port, address, { body, project: 'other' })
  const absent = { status: 404 }
  expect(await elsewhere('GET /api/v1/runs/d1')).toMatchObject(absent)
  expect(await elsewhere('GET /api/v1/runs/d1/history')).toMatchObject(absent)
  expect(await elsewhere('GET /api/v1/runs/d1/chart?metric=m')).toMatchObject(absent)
  expect(await elsewhere(`GET /api/v1/logged-models?experiment=${id}`)).toMatchObject(absent)
  expect(await elsewhere('POST /api/v1/runs/search', { experiments: [id] })).toMatchObject(absent)
  expect((await elsewhere('POST /api/v1/runs/search', {})).body.runs).toEqual([])
  expect((await elsewhere('POST /api/v1/experiments/search', {})).body.experiments).toEqual([])
  const folder = encodeURIComponent(`0/${run}/artifacts`)
  expect((await elsewhere(`GET /api/v1/artifacts?folder=${folder}`)).body.files).toEqual([])
  for (const [address, body] of [
    [`POST /api/v1/imports/${id}/ids`, {}],
    [`POST /api/v1/imports/${id}/runs`, given],
    [`POST /api/v1/imports/${id}/runs/d1/history`, { metrics: [] }],
    [`PUT /api/v1/imports/${id}/runs/d1`, { print: 'x' }],
  ] as const)
    expect(await elsewhere(address, body)).toMatchObject(absent)

  const about = { name: 'mine', state: 'active', createdAtMs: 1, updatedAtMs: 2, tags: [] }
  const theirs = (await elsewhere('POST /api/v1/imports', about)).body.id
  expect(theirs).not.toBe(id)
  // Ids are given once in a store: one that another project has gives way.
  const { body } = await elsewhere(`POST /api/v1/imports/${theirs}/ids`, { runs: ['d1'] })
  expect(body.runs[0].here).toMatch(/^[0-9a-f]{32}$/)
  const taken = await elsewhere(`POST /api/v1/imports/${theirs}/runs`, { ...given, id: 'd1' })
  expect(taken).toMatchObject({ status: 409, body: { code: 'tracking/idTaken' } })
})
