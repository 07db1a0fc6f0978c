import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openArtifactCaller, said, type ArtifactCaller, type Said } from '../fixtures/artifact-caller.ts'

let caller: ArtifactCaller
let run: string
beforeAll(async () => {
  caller = await openArtifactCaller()
  run = await startRun()
})
afterAll(() => caller.close())

const api = '/ajax-api/2.0/mlflow'
const ask = async (address: string, fields?: object): Promise<Said> => {
  const [method = '', target = ''] = address.split(' ')
  const sent = fields && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }
  return said(await caller.ask(method, `${api}/${target}`, sent ?? {}))
}

async function startRun(): Promise<string> {
  const made = (await ask('POST runs/create', { experiment_id: '0' })) as unknown as {
    run: { info: { run_id: string } }
  }
  return made.run.info.run_id
}

const invalid = { status: 400, error_code: 'INVALID_PARAMETER_VALUE' }

describe('the addresses of MLflow’s pages', () => {
  test('give histories of several runs, by run, moment, step and value, so many at most', async () => {
    const runs = [await startRun(), await startRun()].sort()
    for (const run_id of runs)
      for (const [timestamp, step, value] of [
        [2, 3, 'NaN'],
        [1, 3, 12],
        [1, 3, 11],
        [1, 2, 10],
      ] as const)
        await ask('POST runs/log-metric', { run_id, key: 'm', timestamp, step, value })
    const bulk = `GET metrics/get-history-bulk?run_id=${runs[1]}&run_id=${runs[0]}&metric_key=m`
    const pointsOf = (run_id: string | undefined) =>
      [
        [1, 2, 10],
        [1, 3, 11],
        [1, 3, 12],
        [2, 3, 'NaN'],
      ].map(([timestamp, step, value]) => ({ key: 'm', value, timestamp, step, run_id }))
    expect(await ask(bulk)).toEqual({ status: 200, metrics: runs.flatMap(pointsOf) })
    expect((await ask(`${bulk}&max_results=5`))['metrics']).toEqual(runs.flatMap(pointsOf).slice(0, 5))
    expect(await ask(`GET metrics/get-history-bulk?run_id=${runs[0]}&metric_key=none`)).toEqual({
      status: 200,
      metrics: [],
    })
  })

  test('tell which datasets the runs of experiments used, each once, and for what', async () => {
    const { experiment_id } = await ask('POST experiments/create', { name: 'datasets' })
    const dataset = { name: 'd', digest: 'x', source_type: 'local', source: '{}' }
    const tags = [{ key: 'mlflow.data.context', value: 'train' }]
    for (let k = 0; k < 2; k++) {
      const made = (await ask('POST runs/create', { experiment_id })) as unknown as {
        run: { info: { run_id: string } }
      }
      await ask('POST runs/log-inputs', { run_id: made.run.info.run_id, datasets: [{ tags, dataset }] })
      await ask('POST runs/log-inputs', {
        run_id: made.run.info.run_id,
        datasets: [{ dataset: { ...dataset, digest: 'y' } }],
      })
    }
    expect(await ask('POST experiments/search-datasets', { experiment_ids: [experiment_id, 'none'] })).toEqual({
      status: 200,
      dataset_summaries: [
        { experiment_id, name: 'd', digest: 'x', context: 'train' },
        { experiment_id, name: 'd', digest: 'y' },
      ],
    })
  })

  test('put an artifact to a run, and give those of runs and logged models', async () => {
    const target = `${api}/upload-artifact?run_uuid=${run}&path=dir/f.txt`
    expect((await caller.ask('POST', target, { body: 'größe' })).status).toBe(200)
    for (const name of ['run_id', 'run_uuid']) {
      const { status, headers, bytes } = await caller.ask('GET', `/get-artifact?${name}=${run}&path=dir/f.txt`, {
        whole: true,
      })
      expect([status, bytes.toString(), headers['content-disposition']]).toEqual([
        200,
        'größe',
        'attachment; filename="f.txt"',
      ])
    }
    const { model } = (await ask('POST logged-models', { experiment_id: '0', name: 'm' })) as unknown as {
      model: { info: { model_id: string } }
    }
    const id = model.info.model_id
    await caller.put(`0/models/${id}/artifacts/MLmodel`, 'flavors: {}')
    const files = `${api}/logged-models/${id}/artifacts/files`
    expect((await caller.ask('GET', `${files}?artifact_file_path=MLmodel`)).bytes.toString()).toBe('flavors: {}')
    expect(said(await caller.ask('GET', `${files}?artifact_file_path=none`))).toMatchObject({ status: 404 })
  })

  test.each([
    ['GET', '/get-artifact?path=x', { ...invalid, message: expect.stringContaining("'run_id'") }],
    ['GET', '/get-artifact?run_id=RUN', { ...invalid, message: expect.stringContaining("'path'") }],
    ['GET', '/get-artifact?run_id=RUN&path=../x', { ...invalid, message: 'Invalid path' }],
    ['GET', '/get-artifact?run_id=RUN&path=%252e%252e/x', { ...invalid, message: 'Invalid path' }],
    ['GET', '/get-artifact?run_id=none&path=x', { status: 404, message: 'Run with id=none not found' }],
    ['GET', '/get-artifact?run_id=RUN&path=none', { status: 404 }],
    ['PUT', '/get-artifact?run_id=RUN&path=x', { status: 404, error_code: 'ENDPOINT_NOT_FOUND' }],
    ['POST', `${api}/upload-artifact`, { ...invalid, message: 'Request must specify run_uuid.' }],
    ['POST', `${api}/upload-artifact?run_uuid=RUN`, { ...invalid, message: 'Request must specify path.' }],
    ['POST', `${api}/upload-artifact?run_uuid=RUN&path=../x`, { ...invalid, message: 'Invalid path' }],
    ['POST', `${api}/upload-artifact?run_uuid=RUN&path=empty`, { ...invalid, message: 'Request must specify data.' }],
    ['GET', `${api}/upload-artifact?run_uuid=RUN&path=x`, { status: 404, error_code: 'ENDPOINT_NOT_FOUND' }],
    [
      'GET',
      `${api}/logged-models/m-1/artifacts/files?artifact_file_path=../x`,
      { ...invalid, message: 'Invalid path' },
    ],
    ['GET', `${api}/logged-models/m-1/artifacts/files?artifact_file_path=x`, { status: 404 }],
    ['GET', `${api}/metrics/get-history-bulk?metric_key=m`, invalid],
    ['GET', `${api}/metrics/get-history-bulk?run_id=RUN`, invalid],
    ['GET', `${api}/metrics/get-history-bulk?metric_key=m${'&run_id=r'.repeat(101)}`, invalid],
    ['POST', `${api}/experiments/search-datasets`, invalid],
  ])('%s %s is refused', async (method, target, wanted) => {
    const answer = await caller.ask(method, target.replace('RUN', run), { whole: true })
    expect(said(answer)).toMatchObject(wanted)
  })

  test.each([
    ['as they say beforehand', false],
    ['as is found while they come', true],
  ])('put nothing that has more than 10 MB, %s', async (_, isChunked) => {
    const before = await caller.blobs()
    const bytes = Buffer.alloc(10 * 1024 * 1024 + 1, 'x')
    const target = `${api}/upload-artifact?run_uuid=${run}&path=large`
    // Who closes its connection may be told so before it has sent all.
    const headers = { connection: 'keep-alive' }
    const answer = await caller.ask('POST', target, { headers, body: isChunked ? Readable.from([bytes]) : bytes })
    expect(said(answer)).toEqual({ ...invalid, message: 'Artifact size is too large. Max size is 10MB.' })
    expect(await caller.blobs()).toEqual(before)
    expect((await caller.ask('GET', `/get-artifact?run_id=${run}&path=large`, { whole: true })).status).toBe(404)
  })

  test('put nothing where a file is in the way', async () => {
    const upload = (path: string) =>
      caller.ask('POST', `${api}/upload-artifact?run_uuid=${run}&path=${path}`, { body: 'x' })
    expect((await upload('file')).status).toBe(200)
    expect(said(await upload('file/below'))).toMatchObject(invalid)
  })
})
