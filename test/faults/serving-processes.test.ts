import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openApp, type App, type AppListening } from '#app'
import { readConfig, silentLog } from '#platform'
import { openServingProcesses, predictionRelation, storeRegister } from '#serving'
import { addingModel } from '../../src/serving/fixtures/engine-graphs.ts'
import { grpcClient } from '../../src/serving/fixtures/grpc-client.ts'
import { isAlive, load, oneRow, send, type HttpAnswer } from './fixtures/infer.ts'

const config = readConfig({
  MILLRACE_LOG: 'silent',
  MILLRACE_SERVING_PROCESSES: '2',
  MILLRACE_GRPC_PORT: '0',
  MILLRACE_BODY_LIMIT_MB: '1',
})
/** Processes take their time to start where a machine is busy. */
const patient = { timeout: 45_000 }
let folder: string
let app: App
let at: AppListening
const pids: number[] = []
/** Ids of those that answered while there was nothing to serve. */
const resting: number[] = []
const infer = (value: number, agent?: Agent): Promise<HttpAnswer> =>
  send(`${at.url}/v2/models/adds/infer`, { body: oneRow(value), ...(agent ? { agent } : {}) })
const versionOf = ({ text }: HttpAnswer): string => (JSON.parse(text) as { model_version: string }).model_version
const idOf = ({ text }: HttpAnswer): string =>
  (JSON.parse(text) as { parameters: { prediction_id: string } }).parameters.prediction_id
/** Requests to 'adds' that were answered, as /metrics says. */
const countedRequests = async (): Promise<number> => {
  const { text } = await send(`${at.url}/metrics`)
  const counts = text.matchAll(/^millrace_inference_succeeded_total\{model="adds",version="\d+"\} (\d+)$/gm)
  return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0)
}
const logged = async (): Promise<string[]> => {
  const relation = await predictionRelation(app.workspace, { system: 'model/adds' })
  return (await app.workspace.lake.rows<{ id: string }>(`select id from ${relation}`)).map(({ id }) => id)
}

/** Serving processes of the same store, beside those of the app. */
const besideStore = () => ({
  program: new URL('../../src/serving-process.ts', import.meta.url),
  parameters: [join(folder, 'store'), join(folder, 'no.sock'), '0.0.0'],
  config,
  host: '127.0.0.1',
  port: 0,
  grpcPort: undefined,
  log: silentLog,
  register: storeRegister(app.workspace.database),
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-beside-'))
  app = await openApp({ folder: join(folder, 'store'), config, worker: false, servesBeside: true })
  at = await app.listen({ port: 0 })
  resting.push(...at.pids())
  await load(at.url, 'adds', { version: 1, bytes: addingModel(1) })
  await vi.waitUntil(() => at.pids().length === 2, patient)
  pids.push(...at.pids())
}, 90_000)
afterAll(() => rm(folder, { recursive: true }))

describe('serving processes', () => {
  test('answer every protocol on their ports, and pass on what is not for them', async () => {
    // Where there is nothing to serve, the process that controls them answers alone.
    expect([resting, pids.length, pids.includes(process.pid)]).toEqual([[process.pid], 2, false])
    expect((await load(at.url, 'adds', { version: 1, bytes: addingModel(1) })).status).toBe(200)
    const { status, text } = await infer(2)
    expect([status, JSON.parse(text)]).toEqual([
      200,
      expect.objectContaining({
        model_version: '1',
        outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 1], data: [3] }],
      }),
    ])
    expect(await send(`${at.url}/api/v1/systems`)).toMatchObject({ status: 200 })
    expect(await send(`${at.url}/healthz`)).toMatchObject({ status: 200 })
    const client = grpcClient(at.grpcPort as number)
    expect(await client.call('ServerReady')).toEqual({ ready: true })
    client.close()
  })

  test('are configured like the process that starts them', async () => {
    const large = { inputs: [], note: 'x'.repeat(1_100_000) }
    expect(await send(`${at.url}/v2/models/adds/infer`, { body: large })).toMatchObject({ status: 413 })
  })

  test('serve what was loaded over one connection on all others, before the load is answered', async () => {
    for (let version = 2; version <= 4; version++) {
      await load(at.url, 'adds', { version, bytes: addingModel(version) })
      const answers = await Promise.all(Array.from({ length: 12 }, () => infer(1)))
      expect(answers.map(versionOf)).toEqual(Array.from(answers, () => String(version)))
      // The process that controls them answers by the same file.
      const here = new Request('http://127.0.0.1/v2/models/adds/infer', {
        method: 'POST',
        body: JSON.stringify(oneRow(1)),
        headers: { 'content-type': 'application/json' },
      })
      expect(await (await app.fetch(here)).json()).toMatchObject({ model_version: String(version) })
    }
  })

  test('add up what they counted', async () => {
    await load(at.url, 'counted', { version: 1, bytes: addingModel(1) })
    const body = oneRow(1)
    await Promise.all(Array.from({ length: 30 }, () => send(`${at.url}/v2/models/counted/infer`, { body })))
    const { text } = await send(`${at.url}/metrics`)
    expect(text).toContain('\nmillrace_inference_succeeded_total{model="counted",version="1"} 30\n')
    expect(text.match(/^millrace_serving_open_models\{process="\d"\} /gm)?.length).toBeGreaterThanOrEqual(2)
  })

  test('lose no answered prediction when one of them is killed, and are as many as before soon', async () => {
    const answered: string[] = []
    const done = new AbortController()
    let afterKill = 0
    let failures = 0
    const callers = Array.from({ length: 6 }, async () => {
      while (!done.signal.aborted) {
        await infer(answered.length).then(
          (answer) => {
            answered.push(idOf(answer))
            if (isKilled) afterKill++
          },
          () => failures++,
        )
      }
    })
    let isKilled = false
    await expect.poll(() => answered.length, patient).toBeGreaterThan(50)
    const before = await countedRequests()
    const [victim] = at.pids() as [number]
    process.kill(victim, 'SIGKILL')
    isKilled = true
    await expect.poll(() => at.pids().length === 2 && !at.pids().includes(victim), patient).toBe(true)
    await expect.poll(() => afterKill, patient).toBeGreaterThan(20)
    done.abort()
    await Promise.all(callers)
    pids.push(...at.pids())
    const kept = await logged()
    expect(new Set(kept).size).toBe(kept.length)
    const found = new Set(kept)
    expect(answered.filter((id) => !found.has(id))).toEqual([])
    // Only what was on a connection to it.
    expect(failures).toBeLessThan(50)
    // It was looked at before: a count falls for nobody's end.
    expect(await countedRequests()).toBeGreaterThanOrEqual(before)
  })

  test('let no other Millrace share their port', async () => {
    const other = await openApp({ folder: join(folder, 'other'), config, worker: false, servesBeside: true })
    await expect(other.listen({ port: at.port })).rejects.toMatchObject({ code: 'http/portInUse' })
    await other.close()
  })

  test('do not start where another program listens', async () => {
    const held = createServer().listen(0, '127.0.0.1')
    await once(held, 'listening')
    const { port } = held.address() as AddressInfo
    const other = await openApp({ folder: join(folder, 'other'), config, worker: false, servesBeside: true })
    await expect(other.listen({ port })).rejects.toMatchObject({ code: 'http/portInUse' })
    await other.close()
    held.close()
  })

  test('leave no port open where one of them cannot be opened', async () => {
    const here = await openApp({ folder: join(folder, 'other'), config, worker: false })
    const taken = { port: 0, grpcPort: at.grpcPort as number }
    await expect(here.listen(taken)).rejects.toMatchObject({ code: 'http/portInUse' })
    const { url } = await here.listen({ port: 0, grpcPort: 0 })
    expect(await send(`${url}/healthz`)).toMatchObject({ status: 200 })
    await here.close()
  })

  test('have what serves open before they listen, each of them', async () => {
    const processes = await openServingProcesses({ ...besideStore(), count: 2, maxResidentBytes: Infinity })
    const { processes: counts } = await processes.counts()
    expect(counts.map(({ openModels }) => openModels)).toEqual([2, 2])
    await processes.close()
  })

  test('hand over to a fresh one when they have grown, without a failed request', async () => {
    // Every process has grown.
    const processes = await openServingProcesses({ ...besideStore(), count: 1, maxResidentBytes: 1, watchMs: 300 })
    const [old] = processes.pids() as [number]
    const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    const lasts = new Set<string | undefined>()
    const done = new AbortController()
    const callers = agents.map(async (agent) => {
      while (!done.signal.aborted) {
        const url = `${processes.url}/v2/models/adds/infer`
        const { status, connection } = await send(url, { body: oneRow(1), agent })
        expect(status).toBe(200)
        lasts.add(connection)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })
    await expect.poll(() => isAlive(old), patient).toBe(false)
    done.abort()
    await Promise.all(callers)
    expect(lasts).toContain('close')
    await processes.close()
    for (const agent of agents) agent.destroy()
  })

  test('end by themselves when the process that controls them is killed', async () => {
    const control = spawn(
      process.execPath,
      [
        '--conditions=source',
        fileURLToPath(new URL('fixtures/serve-beside.ts', import.meta.url)),
        join(folder, 'killed'),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [said] = (await once(control.stdout, 'data')) as [Buffer]
    const { url, pids: beside } = JSON.parse(said.toString()) as { url: string; pids: number[] }
    expect([beside.length, beside.every(isAlive), (await send(`${url}/healthz`)).status]).toEqual([2, true, 200])
    control.kill('SIGKILL')
    await expect.poll(() => beside.filter(isAlive), patient).toEqual([])
  })

  test('are all gone when the one that controls them has closed, and so is their port', async () => {
    await app.close()
    // Those of the start, and those that took their places.
    expect([pids.length > 2, pids.filter(isAlive)]).toEqual([true, []])
    await expect(send(`${at.url}/healthz`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
