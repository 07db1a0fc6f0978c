import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownStart } from '../fixtures/own-start.ts'
import { openArtifactCaller, said, type ArtifactCaller } from '../fixtures/artifact-caller.ts'
import { logArtifact, startRun } from '../index.ts'

let caller: ArtifactCaller
beforeAll(async () => {
  caller = await openArtifactCaller()
})
afterAll(() => caller.close())

describe('artifacts of runs', () => {
  const api = async (address: string) => said(await caller.ask('GET', `/api/2.0/mlflow/artifacts/list${address}`))

  test('are listed with paths from the run on', async () => {
    const made = await caller.ask('POST', '/api/2.0/mlflow/runs/create', {
      body: '{"experiment_id":"0"}',
      headers: { 'content-type': 'application/json' },
    })
    const { run } = JSON.parse(made.bytes.toString()) as { run: { info: { run_id: string; artifact_uri: string } } }
    const { run_id: id, artifact_uri: root_uri } = run.info
    expect(await api(`?run_id=${id}`)).toEqual({ status: 200, root_uri })
    await caller.put(`0/${id}/artifacts/dir/f.txt`, 'hello')
    expect(await api(`?run_id=${id}`)).toEqual({ status: 200, root_uri, files: [{ path: 'dir', is_dir: true }] })
    expect(await api(`?run_id=${id}&path=dir`)).toEqual({
      status: 200,
      root_uri,
      files: [{ path: 'dir/f.txt', is_dir: false, file_size: 5 }],
    })
    expect(await api(`?run_id=${id}&path=../x`)).toMatchObject({ status: 400, message: 'Invalid path' })
    expect(await api(`?run_id=nope`)).toMatchObject({ status: 404, message: 'Run with id=nope not found' })
  })

  test('are listed of a logged model as well', async () => {
    const made = await caller.ask('POST', '/api/2.0/mlflow/logged-models', {
      body: '{"experiment_id":"0","name":"trees"}',
      headers: { 'content-type': 'application/json' },
    })
    const { model } = said(made) as unknown as { model: { info: { model_id: string; artifact_uri: string } } }
    const { model_id: id, artifact_uri: root_uri } = model.info
    await caller.put(`0/models/${id}/artifacts/data/model.onnx`, 'hello')
    const directories = async (query: string) =>
      said(await caller.ask('GET', `/api/2.0/mlflow/logged-models/${id}/artifacts/directories${query}`))
    expect(await directories('')).toEqual({ status: 200, root_uri, files: [{ path: 'data', is_dir: true }] })
    expect(await directories('?artifact_directory_path=data')).toMatchObject({
      files: [{ path: 'data/model.onnx', file_size: 5 }],
    })
    expect(await directories('?artifact_directory_path=../x')).toMatchObject({ status: 400, message: 'Invalid path' })
  })

  test('that a system made are seen beside what clients put there, and only the system changes them', async () => {
    const { workspace } = caller
    const run = await startRun(workspace, ownStart)
    const at = `${run.experiment}/${run.id}/artifacts`
    for (const path of ['model.onnx', 'plots/a.png'])
      await logArtifact(workspace, { runId: run.id, path, digest: await workspace.blobs.put(`bytes of ${path}`) })
    await caller.put(`${at}/plots/b.png`, 'b')
    expect(await caller.list(at)).toMatchObject({
      files: [
        { path: 'model.onnx', is_dir: false, file_size: 19 },
        { path: 'plots', is_dir: true },
      ],
    })
    expect(await caller.list(`${at}/plots`)).toMatchObject({ files: [{ path: 'a.png' }, { path: 'b.png' }] })
    expect(await api(`?run_id=${run.id}&path=plots`)).toMatchObject({
      files: [{ path: 'plots/a.png' }, { path: 'plots/b.png' }],
    })
    expect((await caller.ask('GET', `/${at}/model.onnx`)).bytes.toString()).toBe('bytes of model.onnx')
    expect((await caller.ask('GET', `/99/${run.id}/artifacts/model.onnx`)).status).toBe(404)
    for (const path of ['model.onnx', 'plots', 'model.onnx/x'])
      expect(await caller.put(`${at}/${path}`, 'mine')).toMatchObject({ status: 400 })
    for (const path of [`${at}/model.onnx`, `${at}/plots`, at])
      expect((await caller.ask('DELETE', `/${path}`)).status).toBe(400)
    expect((await caller.ask('DELETE', `/${at}/plots/b.png`)).status).toBe(200)
    expect(await caller.list(`${at}/plots`)).toMatchObject({ files: [{ path: 'a.png' }] })
  })
})
