import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openApp } from '#app'
import { fileDigest, readConfig, seededRandom } from '#platform'
import { asked, manyBytes, sent } from '../../src/tracking/fixtures/raw-http.ts'
import { addingModel } from '../../src/serving/fixtures/engine-graphs.ts'
import { load } from './fixtures/infer.ts'
import { peakMegabytes } from './fixtures/memory-of.ts'

const program = fileURLToPath(new URL('../../src/tracking/fixtures/mlflow-child.ts', import.meta.url))
const root = '/api/2.0/mlflow-artifacts/artifacts'
const hasMemory = existsSync('/proc/self/status')
let folder: string
const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-artifacts-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

/** A server of artifacts as a process of its own. */
async function openChild(): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, ['--conditions=source', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, port: Number(said.toString()) }
}

/** How many bytes come of a download that nobody keeps. */
async function downloaded(port: number, path: string): Promise<number> {
  const answer = await sent({ port, method: 'GET', target: `${root}/${path}` })
  let count = 0
  for await (const part of answer) count += (part as Buffer).length
  return count
}

const large = 300_000_000

describe.skipIf(!hasMemory)(`300 MB${hasMemory ? '' : ' (skipped: no /proc tells the memory of a process)'}`, () => {
  test('go up and down in less than 100 MB of memory', async () => {
    const { child, port } = await openChild()
    await asked({ port, method: 'PUT', target: `${root}/1/r/small`, body: 'small' })
    const before = await peakMegabytes(child.pid as number)
    const { status } = await asked({ port, method: 'PUT', target: `${root}/1/r/large`, body: manyBytes(large) })
    expect([status, await downloaded(port, '1/r/large')]).toEqual([200, large])
    expect((await peakMegabytes(child.pid as number)) - before).toBeLessThan(100)
  })

  test('go past a serving process, which keeps nothing of them', async () => {
    const config = readConfig({ MILLRACE_LOG: 'silent', MILLRACE_SERVING_PROCESSES: '1', MILLRACE_BODY_LIMIT_MB: '1' })
    const app = await openApp({ folder: join(folder, 'store'), config, worker: false, servesBeside: true })
    try {
      const listening = await app.listen({ port: 0 })
      const { port, url } = listening
      // It is there once there is something to serve.
      await load(url, 'adds', { version: 1, bytes: addingModel(1) })
      await expect.poll(() => listening.pids(), { timeout: 45_000 }).not.toContain(process.pid)
      const [pid] = listening.pids() as [number]
      await asked({ port, method: 'PUT', target: `${root}/1/r/small`, body: 'small' })
      const before = await peakMegabytes(pid)
      const { status } = await asked({ port, method: 'PUT', target: `${root}/1/r/large`, body: manyBytes(large) })
      expect([status, await downloaded(port, '1/r/large')]).toEqual([200, large])
      expect((await peakMegabytes(pid)) - before).toBeLessThan(100)
    } finally {
      await app.close()
    }
  })
})

test('a server that is killed within uploads has every file that it acknowledged, and no half one', async () => {
  const random = seededRandom('uploads')
  const acknowledged = new Map<string, string>()
  for (let kill = 0; kill < 5; kill++) {
    const { child, port } = await openChild()
    const wanted = acknowledged.size + 1 + Math.floor(random.next() * 6)
    const isOver = new AbortController()
    const uploads = Array.from({ length: 4 }, async (_, lane) => {
      for (let file = 0; !isOver.signal.aborted; file++) {
        const body = Buffer.alloc(1 + Math.floor(random.next() * 3_000_000), `${kill}/${lane}/${file};`)
        const target = `${root}/1/run/${kill}/${lane}/${file}`
        const answer = await asked({ port, method: 'PUT', target, body }).catch(() => undefined)
        if (answer?.status === 200) acknowledged.set(target, digestOf(body))
      }
    })
    // Others are on their way then.
    await expect.poll(() => acknowledged.size, { interval: 5, timeout: 30_000 }).toBeGreaterThanOrEqual(wanted)
    isOver.abort()
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await Promise.all([closed, ...uploads])
  }
  const { port } = await openChild()
  for (const [target, digest] of acknowledged) {
    const { status, bytes } = await asked({ port, method: 'GET', target })
    expect([target, status, digestOf(bytes)]).toEqual([target, 200, digest])
  }
  // One whose answer was lost may be there, but then it is whole.
  const blobs = (await readdir(join(folder, 'blobs'), { recursive: true })).filter((path) => /^..\/./.test(path))
  expect(blobs.length).toBeGreaterThanOrEqual(acknowledged.size)
  for (const path of blobs) expect(path.slice(3)).toBe(await fileDigest(join(folder, 'blobs', path)))
})

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
