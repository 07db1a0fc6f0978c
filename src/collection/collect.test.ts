import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeLock } from '#platform'
import { collect } from './collect.ts'
import { ageBlobs, blobsIn, day, openWholeStore, type WholeStore } from './fixtures/whole-store.ts'
import type { CollectionReport } from './schema.ts'

let folder: string
let store: WholeStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collect-'))
  store = await openWholeStore(folder)
})
afterEach(async () => {
  await store.workspace.close()
  await rm(folder, { recursive: true })
})

const later = (ms: number): void => store.clock.advanceTo(store.clock.now() + ms)
const done = async (address: string, fields?: object): Promise<Record<string, unknown>> => {
  const answer = await store.call(address, fields)
  expect(answer).toMatchObject({ status: 200 })
  return answer
}
const made = async (name: string, more: object = {}): Promise<string> =>
  (await done('POST experiments/create', { name, ...more }))['experiment_id'] as string
const put = async (path: string, body: string): Promise<void> =>
  expect(await store.artifact('PUT', path, body)).toMatchObject({ status: 200 })
async function collected(olderThanMs = 30 * day, dryRun = false): Promise<CollectionReport> {
  await ageBlobs(folder)
  return collect(store.workspace, { olderThanMs, dryRun })
}

/** A run with one of everything that is logged. */
async function fullRun(experiment: string): Promise<string> {
  const run = await store.startRun(experiment)
  await done('POST runs/log-batch', {
    run_id: run,
    metrics: Array.from({ length: 900 }, (_, step) => ({ key: `m${step % 3}`, value: step, timestamp: step, step })),
    params: [{ key: 'p', value: '1' }],
    tags: [{ key: 't', value: '1' }],
  })
  await done('POST runs/log-inputs', {
    run_id: run,
    datasets: [{ dataset: { name: 'd', digest: '1', source_type: 'code', source: '{}' } }],
  })
  return run
}

describe('collect()', () => {
  test('removes a run that was deleted longer ago than it can be restored, with its bytes, and says how many', async () => {
    const [gone, stays] = [await fullRun('0'), await fullRun('0')]
    await put(`0/${gone}/artifacts/dir/alone.txt`, 'nobody else')
    await put(`0/${gone}/artifacts/both.txt`, 'both')
    await put(`0/${stays}/artifacts/both.txt`, 'both')
    await done('POST runs/delete', { run_id: gone })
    later(29 * day)
    expect(await collected()).toMatchObject({ runs: 0, files: 0, bytesFreed: 0 })
    expect(await store.artifact('GET', `0/${gone}/artifacts/both.txt`)).toEqual({ status: 200, body: 'both' })

    later(day)
    const expected = { experiments: 0, runs: 1, files: 2, blobs: 1, bytesFreed: 11, bytesKept: 4, bytesWaiting: 0 }
    expect(await collected(30 * day, true)).toMatchObject({ ...expected, dryRun: true })
    expect(await done(`GET runs/get?run_id=${gone}`)).toMatchObject({ run: { info: { lifecycle_stage: 'deleted' } } })
    expect(await collected()).toMatchObject({ ...expected, dryRun: false })
    expect(await store.call(`GET runs/get?run_id=${gone}`)).toMatchObject({ status: 404 })
    expect(await store.call('POST runs/restore', { run_id: gone })).toMatchObject({ status: 404 })
    expect(await store.artifact('GET', `0/${gone}/artifacts/both.txt`)).toMatchObject({ status: 404 })
    expect(await store.artifact('GET', `0/${stays}/artifacts/both.txt`)).toEqual({ status: 200, body: 'both' })
    expect(await done(`GET metrics/get-history?run_id=${stays}&metric_key=m0`)).toMatchObject({
      metrics: { length: 300 },
    })
    expect(await blobsIn(folder)).toHaveLength(1)
  })

  test('leaves alone what was restored, with all that was logged to it', async () => {
    const run = await fullRun('0')
    await put(`0/${run}/artifacts/f`, 'f')
    const before = await done(`GET runs/get?run_id=${run}`)
    await done('POST runs/delete', { run_id: run })
    later(40 * day)
    await done('POST runs/restore', { run_id: run })
    expect(await collected()).toMatchObject({ runs: 0, files: 0 })
    expect(await done(`GET runs/get?run_id=${run}`)).toEqual(before)
    expect(await store.artifact('GET', `0/${run}/artifacts/f`)).toEqual({ status: 200, body: 'f' })
  })

  test('counts the time of a run from when it was first deleted', async () => {
    const run = await store.startRun('0')
    await done('POST runs/delete', { run_id: run })
    later(29 * day)
    await done('POST runs/delete', { run_id: run })
    later(day)
    expect(await collected()).toMatchObject({ runs: 1 })
  })

  test('removes an experiment with its runs and logged models, and gives its number to nobody', async () => {
    const experiment = await made('a')
    for (let run = 0; run < 3; run++) await fullRun(experiment)
    const { model } = (await done('POST logged-models', {
      experiment_id: experiment,
      name: 'm',
      params: [{ key: 'k', value: 'v' }],
    })) as { model: { info: { model_id: string } } }
    const { model_id } = model.info
    await put(`${experiment}/models/${model_id}/artifacts/MLmodel`, 'flavors: {}')
    await done('POST experiments/delete', { experiment_id: experiment })
    expect(await store.call(`GET logged-models/${model_id}`)).toMatchObject({ status: 404 })
    later(31 * day)
    const expected = { experiments: 1, runs: 3, loggedModels: 1, files: 1, bytesFreed: 11 }
    expect(await collected(30 * day, true)).toMatchObject(expected)
    expect(await collected()).toMatchObject(expected)
    expect(await store.call(`GET experiments/get?experiment_id=${experiment}`)).toMatchObject({ status: 404 })
    expect(await store.call('GET experiments/get-by-name?experiment_name=a')).toMatchObject({ status: 404 })
    expect(await done('POST experiments/search', { max_results: 10, view_type: 'ALL' })).toMatchObject({
      experiments: [{ experiment_id: '0' }],
    })
    expect(Number(await made('a'))).toBeGreaterThan(Number(experiment))
    expect(await collected()).toMatchObject({ experiments: 0, runs: 0 })
    await expect(rowsLeft()).resolves.toEqual({
      experiments: 2,
      runs: 0,
      metrics: 0,
      latest: 0,
      datasets: 0,
      inputs: 0,
    })
  })

  test('brings back a restored experiment with its runs and the models that were deleted with it', async () => {
    const experiment = await made('a')
    const run = await fullRun(experiment)
    const ids: string[] = []
    for (const name of ['kept', 'gone']) {
      const { model } = (await done('POST logged-models', { experiment_id: experiment, name })) as {
        model: { info: { model_id: string } }
      }
      ids.push(model.info.model_id)
    }
    await done(`DELETE logged-models/${ids[1]}`)
    later(1000)
    await done('POST experiments/delete', { experiment_id: experiment })
    later(20 * day)
    await done('POST experiments/restore', { experiment_id: experiment })
    later(20 * day)
    expect(await collected()).toMatchObject({ experiments: 0, runs: 0, loggedModels: 1 })
    await done(`GET runs/get?run_id=${run}`)
    await done(`GET logged-models/${ids[0]}`)
    expect(await store.call(`GET logged-models/${ids[1]}?allow_deleted=true`)).toMatchObject({ status: 404 })
  })

  test('keeps the files that a version of a registered model is made of, until that is deleted too', async () => {
    const run = await store.startRun('0')
    await put(`0/${run}/artifacts/model/MLmodel`, 'flavors: {}')
    await put(`0/${run}/artifacts/notes.txt`, 'notes')
    await done('POST registered-models/create', { name: 'M' })
    const source = `mlflow-artifacts:/0/${run}/artifacts/model`
    await done('POST model-versions/create', { name: 'M', source, run_id: run })
    await done('POST runs/delete', { run_id: run })
    later(31 * day)
    expect(await collected()).toMatchObject({ runs: 1, files: 1, bytesFreed: 5 })
    expect(await store.call(`GET runs/get?run_id=${run}`)).toMatchObject({ status: 404 })
    expect(await store.artifact('GET', `0/${run}/artifacts/model/MLmodel`)).toMatchObject({ body: 'flavors: {}' })
    await done('DELETE registered-models/delete', { name: 'M' })
    expect(await collected()).toMatchObject({ runs: 0, files: 1, bytesFreed: 11 })
    expect(await blobsIn(folder)).toEqual([])
  })

  test('keeps the files of an experiment whose place lies in the folder of a run of another', async () => {
    const run = await store.startRun('0')
    const inner = await made('inner', { artifact_location: `mlflow-artifacts:/0/${run}/artifacts/inner` })
    const other = await store.startRun(inner)
    await put(`0/${run}/artifacts/inner/${other}/artifacts/f`, 'inner')
    await put(`0/${run}/artifacts/f`, 'outer!')
    await done('POST runs/delete', { run_id: run })
    later(31 * day)
    expect(await collected()).toMatchObject({ files: 1, bytesFreed: 6 })
    expect(await store.artifact('GET', `0/${run}/artifacts/inner/${other}/artifacts/f`)).toMatchObject({
      body: 'inner',
    })
  })

  test('leaves bytes alone that came within the last day, and says how many wait', async () => {
    await store.workspace.blobs.put('no fact yet')
    expect(await collect(store.workspace, { olderThanMs: 0 })).toMatchObject({ blobs: 0, bytesWaiting: 11 })
    expect(await collected(0)).toMatchObject({ blobs: 1, bytesFreed: 11, bytesWaiting: 0 })
  })

  test('is refused while another process is at it', async () => {
    const lock = takeLock(join(folder, 'collection.lock'))
    await expect(collect(store.workspace, { olderThanMs: 0 })).rejects.toMatchObject({ code: 'collection/underWay' })
    lock?.release()
    await collect(store.workspace, { olderThanMs: 0 })
  })
})

async function rowsLeft(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of ['experiments', 'runs', 'metrics', 'latest', 'datasets', 'inputs']) {
    const tables = store.workspace.database.withTables<Record<string, object>>()
    const { found } = await tables
      .selectFrom(`tracking_${name}`)
      .select(({ fn }) => fn.countAll<number>().as('found'))
      .executeTakeFirstOrThrow()
    counts[name] = found
  }
  return counts
}
