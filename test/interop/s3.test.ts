import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorkspace, silentLog, systemClock, systemIds, type Workspace } from '#platform'
import { describeBlobs } from '../../src/platform/fixtures/describe-blobs.ts'
import { openPython } from './python-client.ts'

const python = await openPython('requirements-s3.txt')

describe.skipIf(python === undefined)('bytes in a bucket', () => {
  let server: ChildProcess
  let endpoint: string
  let folder: string
  const opened: Workspace[] = []
  const account = { accessKeyId: 'key', secretAccessKey: 'secret' }
  const asked = new AwsClient({ ...account, service: 's3', region: 'us-east-1', retries: 0 })
  const place = (change: object = {}) => ({
    ...account,
    bucket: 'models',
    prefix: 'store/',
    endpoint,
    region: 'us-east-1',
    cacheBytes: 1e9,
    ...change,
  })
  const open = async (name: string, change: object = {}): Promise<Workspace> => {
    const workspace = await openWorkspace({
      folder: join(folder, name),
      migrations: [],
      clock: systemClock,
      ids: systemIds(systemClock),
      log: silentLog,
      threads: 1,
      bucket: place(change),
    })
    opened.push(workspace)
    return workspace
  }
  const keys = async (): Promise<string[]> => {
    const text = await (await asked.fetch(`${endpoint}/models?list-type=2&prefix=store`)).text()
    return Array.from(text.matchAll(/<Key>([^<]+)<\/Key>/g), ([, key]) => key as string)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-s3-'))
    const port = await freePort()
    endpoint = `http://127.0.0.1:${port}`
    server = spawn(python as string, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
    for (let attempt = 0; ; attempt++) {
      const made = await asked.fetch(`${endpoint}/models`, { method: 'PUT' }).catch(() => undefined)
      if (made?.ok) return
      if (attempt > 300) throw new Error('The S3 server did not start')
      await wait(100)
    }
  })
  afterAll(async () => {
    for (const workspace of opened) await workspace.close()
    server.kill()
    await rm(folder, { recursive: true, force: true })
  })

  describeBlobs('the store of bytes in a bucket', async () => ({ blobs: (await open('one')).blobs, names: keys }))

  test('are named by their content under the prefix, and those that another process put are read here', async () => {
    const [one, two] = [await open('writer'), await open('reader')]
    const digest = await one.blobs.put('of both')
    expect(await keys()).toContain(`store/${digest.slice(0, 2)}/${digest}`)
    expect([await two.blobs.has(digest), await two.blobs.sizeBytes(digest)]).toEqual([true, 7])
    const part = await two.blobs.openRead(digest, { first: 3, last: 6 })
    expect((await part.toArray()).map(String).join('')).toBe('both')
    expect(String(await two.blobs.read(digest))).toBe('of both')
  })

  test('of many megabytes go and come in parts, whole', async () => {
    const [one, two] = [await open('large'), await open('large reader')]
    const piece = Buffer.alloc(1_000_003, 'piece')
    const hash = createHash('sha256')
    const pieces = async function* () {
      for (let k = 0; k < 40; k++) {
        piece.writeUInt32LE(k)
        hash.update(piece)
        yield piece
      }
    }
    const stored = await one.blobs.putStream(pieces())
    expect(stored).toEqual({ digest: hash.digest('hex'), sizeBytes: 40 * 1_000_003 })
    await two.blobs.bringHere([stored.digest])
    expect((await stat(two.blobs.pathOf(stored.digest))).size).toBe(stored.sizeBytes)
  })

  test('that are other than their name says are refused', async () => {
    const digest = '1'.repeat(64)
    await asked.fetch(`${endpoint}/models/store/11/${digest}`, { method: 'PUT', body: 'something else' })
    const { blobs } = await open('deceived')
    await expect(blobs.read(digest)).rejects.toMatchObject({ code: 'platform/damagedStore' })
    expect(await blobs.has(digest)).toBe(true)
  })

  test('fill no more of the folder than they may, and come back when they are asked for', async () => {
    const { blobs } = await open('small', { cacheBytes: 100_000 })
    const put = (k: number) => blobs.put(Buffer.alloc(40_000, `bytes ${k}`))
    const first = await put(0)
    const long = new Date(Date.now() - 7_200_000)
    await utimes(blobs.pathOf(first), long, long)
    for (const k of [1, 2, 3]) await put(k)
    const here = await readdir(join(folder, 'small', 'blobs'), { recursive: true })
    expect(here.filter((name) => name.endsWith(first))).toEqual([])
    expect((await blobs.read(first)).length).toBe(40_000)
  })

  test.each([
    ['is not there', { bucket: 'nowhere' }, 'platform/bucketRefused'],
    ['does not answer', { endpoint: 'http://127.0.0.1:1' }, 'platform/bucketUnreachable'],
  ])('are refused where the bucket %s, and not kept', async (name, change, code) => {
    const { blobs } = await open(name, change)
    await expect(blobs.put('lost')).rejects.toMatchObject({ code, message: expect.not.stringContaining('secret') })
    const file = blobs.scratchPath('bin')
    await writeFile(file, 'lost too')
    await expect(blobs.adopt(file)).rejects.toMatchObject({ code })
  })
})

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
