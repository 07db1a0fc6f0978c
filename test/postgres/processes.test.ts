import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApp, type App, type AppListening } from '#app'
import { readConfig, type Config } from '#platform'
import { noPostgres, testDatabaseUrl } from '#test-workspace'
import { openProxy, type DatabaseProxy } from '../../src/platform/postgres/fixtures/database-proxy.ts'
import { addingModel } from '../../src/serving/fixtures/engine-graphs.ts'
import { load, oneRow, send } from '../faults/fixtures/infer.ts'

describe.skipIf(noPostgres !== '')(`a whole server on PostgreSQL${noPostgres}`, () => {
  let folder: string
  let proxy: DatabaseProxy
  let config: Config
  let app: App
  let at: AppListening
  const open = async (): Promise<void> => {
    app = await openApp({ folder, config, servesBeside: true })
    at = await app.listen({ port: 0 })
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-on-postgres-'))
    proxy = await openProxy((await testDatabaseUrl(folder)) as string)
    config = readConfig({
      MILLRACE_LOG: 'silent',
      MILLRACE_SERVING_PROCESSES: '2',
      MILLRACE_DATABASE_URL: proxy.url,
    })
    await open()
  })
  afterAll(async () => {
    await app.close()
    await proxy.stop()
    await rm(folder, { recursive: true })
  })

  const mlflow = (path: string, body: object) => send(`${at.url}/api/2.0/mlflow/${path}`, { body })
  const logRun = async (): Promise<string> => {
    const made = await mlflow('runs/create', { experiment_id: '0', start_time: 1 })
    const { run } = JSON.parse(made.text) as { run: { info: { run_id: string } } }
    const metrics = [{ key: 'auc', value: 0.75, timestamp: 1, step: 0 }]
    expect(await mlflow('runs/log-batch', { run_id: run.info.run_id, metrics })).toMatchObject({ status: 200 })
    return run.info.run_id
  }
  const found = async (): Promise<string[]> => {
    const asked = { experiment_ids: ['0'], filter: 'metrics.auc > 0.5', order_by: ['metrics.auc DESC'] }
    const { runs = [] } = JSON.parse((await mlflow('runs/search', asked)).text) as {
      runs?: { info: { run_id: string } }[]
    }
    return runs.map(({ info }) => info.run_id)
  }
  const infer = async (): Promise<number> => (await send(`${at.url}/v2/models/adds/infer`, { body: oneRow(2) })).status

  test('takes runs and models, and every process serves what one took', async () => {
    const id = await logRun()
    expect(await found()).toEqual([id])
    expect(await load(at.url, 'adds', { version: 1, bytes: addingModel(1) })).toMatchObject({ status: 200 })
    expect(await Promise.all(Array.from({ length: 8 }, infer))).toEqual(Array(8).fill(200))
    expect(await send(`${at.url}/readyz`)).toMatchObject({ status: 200 })
  })

  test('without its database it still predicts, refuses the rest for now, and goes on when it is back', async () => {
    await proxy.stop()
    expect(await send(`${at.url}/readyz`)).toMatchObject({ status: 503 })
    expect(await infer()).toBe(200)
    const refused = await mlflow('runs/create', { experiment_id: '0', start_time: 2 })
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([503, { error_code: 'TEMPORARILY_UNAVAILABLE' }])
    await proxy.start()
    const id = await logRun()
    expect(await found()).toContain(id)
    expect(await send(`${at.url}/readyz`)).toMatchObject({ status: 200 })
  })

  test('opened again, it has what it had', async () => {
    const before = await found()
    expect(before.length).toBe(2)
    await app.close()
    await open()
    expect(await found()).toEqual(before)
    expect(await infer()).toBe(200)
  })
})
