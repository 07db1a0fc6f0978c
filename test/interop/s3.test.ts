import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorkspace, silentLog, systemClock, systemIds, type Workspace } from '#platform'
import { describeBlobs } from '../../src/platform/fixtures/describe-blobs.ts'
import { openPython } from './python-client.ts'
import { openS3Server, s3Account, type S3Server } from './s3-server.ts'

const python = await openPython('requirements-s3.txt')

describe.skipIf(python === undefined)('bytes in a bucket', () => {
  let server: S3Server
  let folder: string
  const opened: Workspace[] = []
  const place = (change: object = {}) => ({
    ...s3Account,
    bucket: 'models',
    prefix: 'store/',
    endpoint: server.endpoint,
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
  const keys = () => server.keys('models', 'store')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-s3-'))
    server = await openS3Server(python as string)
    await server.ask('/models', { method: 'PUT' })
  })
  afterAll(async () => {
    for (const workspace of opened) await workspace.close()
    server.close()
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
    await server.ask(`/models/store/11/${digest}`, { method: 'PUT', body: 'something else' })
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
