import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openApp, type App, type AppListening } from '#app'
import { readConfig } from '#platform'
import { addingModel } from '../../src/serving/fixtures/engine-graphs.ts'
import {
  rawClient,
  rawPost,
  rawRequest,
  type RawAnswer,
  type RawClient,
} from '../../src/serving/fixtures/raw-client.ts'
import { load, oneRow, send } from './fixtures/infer.ts'

/** Processes take their time to start where a machine is busy. */
const patient = { timeout: 45_000 }
const config = readConfig({
  MILLRACE_LOG: 'silent',
  MILLRACE_SERVING_PROCESSES: '1',
  MILLRACE_REQUEST_TIMEOUT_MS: '2000',
  MILLRACE_HOST: '0.0.0.0',
})
const api = '/api/2.0/mlflow'
const files = '/api/2.0/mlflow-artifacts/artifacts'
let folder: string
let app: App
let at: AppListening
let url: string
const clients: RawClient[] = []
let closing: Promise<void> | undefined
/** Answers that failed, and those that did not, of callers that asked while the first process took over. */
const first = { failed: [] as unknown[], answered: 0 }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-handed-'))
  app = await openApp({ folder: join(folder, 'store'), config, worker: false, servesBeside: true })
  at = await app.listen({ port: 0 })
  url = `http://127.0.0.1:${at.port}`
  await takeOver()
}, 90_000)
afterAll(async () => {
  for (const one of clients) one.close()
  await closing
  if (!closing) await app.close()
  await rm(folder, { recursive: true })
})

/** Loads the first model, while callers ask for it on kept connections and on new ones, until a process answers. */
async function takeOver(): Promise<void> {
  const done = new AbortController()
  const kept = new Agent({ keepAlive: true, maxSockets: 1 })
  const callers = [undefined, kept].map(async (agent) => {
    while (!done.signal.aborted) {
      const options = agent ? { body: oneRow(1), agent } : { body: oneRow(1) }
      const answer = await send(`${url}/v2/models/adds/infer`, options).catch((error: unknown) => ({ status: error }))
      if (answer.status === 200) first.answered++
      else if (answer.status !== 404) first.failed.push(answer)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })
  expect((await load(url, 'adds', { version: 1, bytes: addingModel(1) })).status).toBe(200)
  const { answered } = first
  await vi.waitUntil(() => pidsBeside().length === 1 && first.answered > answered + 20, patient)
  done.abort()
  await Promise.all(callers)
  kept.destroy()
}

async function client(): Promise<RawClient> {
  const one = await rawClient(at.port)
  clients.push(one)
  return one
}
const infer = (): Buffer => rawPost('/v2/models/adds/infer', JSON.stringify(oneRow(1)))
const create = (name: string): Buffer =>
  rawPost(`${api}/experiments/create`, JSON.stringify({ name }), ['Content-Type: application/json'])
const ask = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
const put = (path: string, lines: readonly string[]): string =>
  [`PUT ${files}/${path} HTTP/1.1`, 'Host: 127.0.0.1', ...lines, '', ''].join('\r\n')
const json = (answer: RawAnswer | undefined): Record<string, unknown> =>
  JSON.parse((answer as RawAnswer).body.toString()) as Record<string, unknown>
const experiment = async (name: string): Promise<RawAnswer> =>
  rawRequest(at.port, ask(`${api}/experiments/get-by-name?experiment_name=${name}`))
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
/** Ids of the serving processes that answer. */
const pidsBeside = (): readonly number[] => at.pids().filter((pid) => pid !== process.pid)

describe('an empty store', () => {
  test('starts no process, and serves its first model without a failed request', () => {
    expect(first.failed).toEqual([])
    expect(first.answered).toBeGreaterThan(20)
    expect(pidsBeside()).toHaveLength(1)
  })
})

describe('a connection that asks for what the control process answers', () => {
  test('is answered in the order in which it asked, and sent back for predictions', async () => {
    const one = await client()
    one.send(Buffer.concat([infer(), infer(), create('order'), Buffer.from(ask('/healthz')), create('order'), infer()]))
    const answers = await one.answers(6)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 200])
    expect(json(answers[2])).toEqual({ experiment_id: expect.any(String) as string })
    // A new connection finds a serving process.
    expect([answers[4]?.headers['connection'], answers[5]?.headers['connection']]).toEqual(['keep-alive', 'close'])
    await one.rest()
  })

  test('is answered alike wherever its bytes are cut', async () => {
    const bytes = Buffer.concat([infer(), create('cut'), Buffer.from(ask('/healthz'))])
    const cuts = Array.from({ length: 40 }, (_, i) => 1 + Math.floor((i * (bytes.length - 1)) / 40))
    const statuses = cuts.map(async (cut) => {
      const one = await client()
      one.socket.setNoDelay(true)
      one.send(bytes.subarray(0, cut))
      await new Promise((resolve) => setTimeout(resolve, 10))
      one.send(bytes.subarray(cut))
      return (await one.answers(3)).map(({ status }) => status)
    })
    const found = await Promise.all(statuses)
    expect(found.filter(([, created]) => created === 200)).toHaveLength(1)
    for (const each of found) expect(each).toEqual([200, expect.toSatisfy((s) => s === 200 || s === 400), 200])
  })

  test('may bring a file whose bytes never stop coming, by its length or in chunks', async () => {
    const part = Buffer.from(Array.from({ length: 65_521 }, (_, i) => (i * 31) % 251))
    const parts = 30
    const whole = digest(Buffer.concat(Array.from({ length: parts }, () => part)))
    const [plain, chunked] = await Promise.all([client(), client()])
    plain.send(put('1/r/plain', [`Content-Length: ${part.length * parts}`]))
    chunked.send(put('1/r/chunked', ['Transfer-Encoding: chunked']))
    for (let i = 0; i < parts; i++) {
      plain.send(part)
      chunked.send(`${part.length.toString(16)}\r\n`, part, '\r\n')
    }
    chunked.send('0\r\n\r\n')
    for (const [one, name] of [
      [plain, 'plain'],
      [chunked, 'chunked'],
    ] as const) {
      const [stored] = await one.answers(1)
      one.send(ask(`${files}/1/r/${name}`))
      const [read] = await one.answers(1)
      expect([stored?.status, read?.status, digest(read?.body as Buffer)]).toEqual([200, 200, whole])
    }
    const lines = ['Host: 127.0.0.1', 'Range: bytes=65521-65530']
    const range = await rawRequest(at.port, `GET ${files}/1/r/plain HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    expect([range.status, range.body]).toEqual([206, part.subarray(0, 10)])
  })

  test('is given leave to send a body', async () => {
    const one = await client()
    one.send(put('1/r/leave', ['Expect: 100-continue', 'Content-Length: 3']))
    const [leave] = (await once(one.socket, 'data')) as [Buffer]
    expect(leave.toString()).toMatch(/^HTTP\/1\.1 100 /)
    one.send('abc')
    const [stored] = await one.answers(1)
    one.send(ask(`${files}/1/r/leave`))
    const [read] = await one.answers(1)
    expect([stored?.status, read?.status, read?.body.toString()]).toEqual([200, 200, 'abc'])
  })

  test('that leaves within a request harms nobody, and stores nothing', async () => {
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const one = await client()
      one.send(create('gone').subarray(0, -1))
      await new Promise((resolve) => setTimeout(resolve, 30))
      one.socket[leave]()
      await one.rest()
    }
    expect((await experiment('gone')).status).toBe(404)
  })

  test('that takes its time is told so', async () => {
    const one = await client()
    one.send(create('slow').subarray(0, -1))
    expect((await one.rest()).toString()).toMatch(/^HTTP\/1\.1 408 /)
  })

  test.each([
    ['both lengths', 'Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 5\r\n\r\n'],
    ['a folded length', 'X: a\r\n Content-Length: 0\r\n\r\n'],
    ['a bare line feed', 'X: a\nContent-Length: 0\r\n\r\n'],
    ['a head without end', 'X: a\r\n'.repeat(5000)],
  ])('with %s smuggles nothing', async (_, lines) => {
    const one = await client()
    one.send(`POST ${api}/runs/search HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}`, create('smuggled'))
    const answers = await one.answers(2)
    expect([answers.length, Math.floor((answers[0]?.status ?? 0) / 100)]).toEqual([1, 4])
    expect((await experiment('smuggled')).status).toBe(404)
  })

  test('is refused by where it comes from', async () => {
    const proxied = `GET ${api}/experiments/get?experiment_id=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 127.0.0.1\r\n`
    expect((await rawRequest(at.port, `${proxied}\r\n`)).status).toBe(403)
    const pretends = proxied.replace('X-Forwarded-For', 'X-Millrace-Caller')
    expect((await rawRequest(at.port, `${pretends}\r\n`)).status).toBe(200)
    const elsewhere = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')
    // A machine may have no other address than its own.
    if (!elsewhere) return
    const socket = connect(at.port, elsewhere.address)
    socket.write(pretends.replace('127.0.0.1', 'localhost') + 'Connection: close\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /)
    socket.destroy()
  })

  test('outlives the process that accepted it', async () => {
    const one = await client()
    one.send(create('before'))
    expect(await one.answers(1)).toHaveLength(1)
    const [victim] = pidsBeside() as [number]
    process.kill(victim, 'SIGKILL')
    await expect.poll(() => pidsBeside().length === 1 && !pidsBeside().includes(victim), patient).toBe(true)
    one.send(create('after'))
    expect((await one.answers(1)).map(({ status }) => status)).toEqual([200])
  })

  test('is answered, then ends, when the server closes', async () => {
    for (const one of clients.splice(0)) one.close()
    const [idle, busy] = await Promise.all([client(), client()])
    idle.send(create('idle'))
    await idle.answers(1)
    const body = create('busy')
    busy.send(body.subarray(0, -1))
    await new Promise((resolve) => setTimeout(resolve, 50))
    closing = app.close()
    busy.send(body.subarray(-1))
    expect((await busy.answers(1)).map(({ status }) => status)).toEqual([200])
    await Promise.all([idle.rest(), busy.rest()])
    await closing
  })
})
