import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openApp } from '#app'
import { readConfig, systemClock, systemIds, virtualClock, type Blobs, type Digest, type VirtualClock } from '#platform'
import { main } from '../../cli/program.ts'
import { clientOf } from '../../src/collection/fixtures/whole-store.ts'
import { openBlobs } from '../../src/platform/blobs.ts'
import { bucketBlobs } from '../../src/platform/bucket/bucket-blobs.ts'
import { bucketKeys } from '../../src/platform/bucket/bucket-keys.ts'
import { openBucket } from '../../src/platform/bucket/open-bucket.ts'
import { recentFiles } from '../../src/platform/bucket/recent-files.ts'
import { openPython } from './python-client.ts'
import { openBetween, type Between, type OnItsWay } from './s3-between.ts'
import { openS3Server, s3Account, type S3Server } from './s3-server.ts'

const python = await openPython('requirements-s3.txt')
const day = 86_400_000

describe.skipIf(python === undefined)('a sweep of a bucket', () => {
  let server: S3Server
  let between: Between
  let clock: VirtualClock
  let folder: string
  let bucket: string
  const ids = systemIds(systemClock)
  /** What facts refer to. */
  let facts: Set<Digest>

  /** A server of the store, with a folder of its own. */
  const openStore = async ({ storeName = 'store_a', limits = { copyBytes: 1e9, listKeys: 1000 } } = {}) => {
    const files = join(folder, ids.next('files'))
    return bucketBlobs({
      bucket: openBucket({ ...s3Account, bucket, endpoint: between.endpoint }, limits),
      keys: bucketKeys('store/'),
      folder: await openBlobs(files, { ids, clock: systemClock }),
      recent: recentFiles(files, { clock: systemClock, mostBytes: 1e9 }),
      storeName: () => Promise.resolve(storeName),
      clock,
      ids,
    })
  }
  const newBucket = async (): Promise<void> => {
    bucket = ids.next('b').replace('_', '-')
    facts = new Set()
    between.before = () => false
    await server.ask(`/${bucket}`, { method: 'PUT' })
  }
  const sweep = (blobs: Blobs, dryRun = false) => blobs.sweep({ dryRun, referred: async () => new Set(facts) })
  const later = (days: number): void => clock.advanceTo(clock.now() + days * day)
  const keys = async (): Promise<readonly string[]> =>
    (await server.keys(bucket)).filter((key) => key !== 'store/stores/store_a')
  const keyOf = (digest: Digest): string => `store/${digest.slice(0, 2)}/${digest}`
  const nothing = { blobs: 0, bytesFreed: 0, bytesWaiting: 0, leftOvers: 0 }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-s3-sweep-'))
    server = await openS3Server(python as string)
    clock = virtualClock(Date.parse('2026-01-01'))
    between = await openBetween(server.endpoint, clock)
  })
  beforeEach(newBucket)
  afterAll(async () => {
    between.close()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('sets aside what nothing refers to once it is a day old, frees it once it stood there for a day, and nothing else', async () => {
    const blobs = await openStore()
    const [gone, stays] = [await blobs.put('goes'), await blobs.put('stays')]
    facts.add(stays)
    const foreign = ['store/notes.txt', `store/aa/${gone}`, `${gone.slice(0, 2)}/${gone}`, 'store/aside/of another']
    for (const key of foreign) await server.ask(`/${bucket}/${key}`, { method: 'PUT', body: 'of others' })
    expect(await sweep(blobs)).toEqual({ ...nothing, bytesWaiting: 4 })
    later(1.1)
    expect(await sweep(blobs)).toEqual({ ...nothing, bytesWaiting: 4 })
    const names = (await keys()).map((key) => key.replace(/sweep_.*/, 'sweep'))
    expect(names).toEqual([...foreign, keyOf(stays), `store/aside/${gone}/sweep`].toSorted())
    expect(await sweep(blobs)).toEqual({ ...nothing, bytesWaiting: 4 })
    later(1.1)
    expect(await sweep(blobs)).toEqual({ ...nothing, blobs: 1, bytesFreed: 4 })
    expect(await keys()).toEqual([...foreign, keyOf(stays)].toSorted())
    expect(await sweep(blobs)).toEqual(nothing)
    expect([await blobs.has(gone), await blobs.has(stays)]).toEqual([false, true])
    // Its file is still in the folder: what is put is sent all the same.
    await blobs.put('goes')
    expect(await text(await (await openStore()).openRead(gone))).toBe('goes')
  })

  test('only counts in a dry run what it would free now', async () => {
    const blobs = await openStore()
    await blobs.put('freed')
    later(1.1)
    await sweep(blobs)
    await blobs.put('set aside')
    later(1.1)
    await blobs.put('young')
    const before = await keys()
    expect(await sweep(blobs, true)).toEqual({ ...nothing, blobs: 1, bytesFreed: 5, bytesWaiting: 14 })
    expect(await keys()).toEqual(before)
    expect(await sweep(blobs)).toEqual({ ...nothing, blobs: 1, bytesFreed: 5, bytesWaiting: 14 })
  })

  test('leaves readable what it set aside, and brings it back where a fact came to refer to it', async () => {
    const blobs = await openStore()
    const digest = await blobs.put('comes back')
    later(1.1)
    await sweep(blobs)
    expect(await keys()).not.toContain(keyOf(digest))
    const other = await openStore()
    expect(await other.sizeBytes(digest)).toBe(10)
    expect(await text(await other.openRead(digest, { first: 6, last: 9 }))).toBe('back')
    expect(String(await other.read(digest))).toBe('comes back')
    facts.add(digest)
    later(5)
    expect(await sweep(blobs)).toEqual(nothing)
    expect(await keys()).toEqual([keyOf(digest)])
  })

  test('gives who asks for what stands aside the rest of a day to refer to it', async () => {
    const blobs = await openStore()
    const digest = await blobs.put('asked for')
    later(1.1)
    await sweep(blobs)
    later(0.99)
    expect(await blobs.has(digest)).toBe(true)
    later(0.9)
    await sweep(blobs)
    facts.add(digest)
    later(0.2)
    await sweep(blobs)
    expect(String(await (await openStore()).read(digest))).toBe('asked for')
  })

  test('leaves what is put while it stands aside, and frees the copy', async () => {
    const blobs = await openStore()
    const digest = await blobs.put('put again')
    later(1.1)
    await sweep(blobs)
    await (await openStore()).put('put again')
    expect(await keys()).toContain(keyOf(digest))
    later(0.5)
    facts.add(digest)
    expect(await sweep(blobs)).toEqual(nothing)
    later(1.1)
    expect(await sweep(blobs)).toEqual(nothing)
    expect(await keys()).toEqual([keyOf(digest)])
  })

  test('that is cut short at any of its requests leaves all readable, and the next ones end its work', async () => {
    let isCut = true
    for (let steps = 1; isCut; steps++) {
      await newBucket()
      const blobs = await openStore()
      const [gone, back, again, stays] = await Promise.all(
        ['gone', 'back', 'again', 'stays'].map((of) => blobs.put(of)),
      )
      for (const digest of [stays, again] as Digest[]) facts.add(digest)
      later(1.1)
      await sweep(blobs)
      facts.delete(again as Digest)
      facts.add(back as Digest)
      later(1.1)
      let asked = 0
      between.before = () => ++asked > steps
      isCut = (await sweep(blobs)).stoppedBy !== undefined
      between.before = () => false
      facts.add(again as Digest)
      const other = await openStore()
      for (const digest of facts) await other.read(digest)
      for (let k = 0; k < 2; k++) {
        later(1.1)
        await sweep(blobs)
      }
      expect(await keys()).toEqual([...facts].map(keyOf).toSorted())
      expect(await other.has(gone as Digest)).toBe(false)
    }
  })

  test('that is refused leaves the rest of a collection done, and the report says why', async () => {
    const store = join(folder, 'whole')
    const environment = {
      MILLRACE_BLOBS_URL: `s3://${bucket}/store`,
      AWS_ENDPOINT_URL_S3: between.endpoint,
      AWS_ACCESS_KEY_ID: s3Account.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3Account.secretAccessKey,
    }
    const app = await openApp({
      folder: store,
      config: readConfig({ ...environment, MILLRACE_LOG: 'silent' }),
      worker: false,
    })
    const client = await clientOf(app.workspace)
    await client.call('POST runs/delete', { run_id: await client.startRun('0') })
    between.before = ({ query }) => query.has('list-type')
    const collect = () =>
      app.fetch(
        new Request('http://127.0.0.1/api/v1/collections', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ olderThan: '0d' }),
        }),
      )
    expect(await (await collect()).json()).toMatchObject({
      runs: 1,
      stoppedBy: { code: 'platform/bucketRefused', message: 'Cannot list the bucket: AccessDenied' },
    })
    between.before = () => false
    expect(await (await collect()).json()).not.toHaveProperty('stoppedBy')
    await app.close()

    between.before = ({ query }) => query.has('list-type')
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const written = { out: '', err: '' }
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true))
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true))
    const code = await main(['node', 'millrace', 'collect', '--store', store])
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
    expect([code, written]).toEqual([
      1,
      {
        out: expect.stringMatching(/^Removed what was deleted before [^]* bytes freed +0\n/),
        err: expect.stringMatching(/✖ Cannot list the bucket: AccessDenied\n.*deleting must be allowed there\n/),
      },
    ])
  })

  test('reads all pages of lists', async () => {
    const blobs = await openStore({ limits: { copyBytes: 1e9, listKeys: 3 } })
    for (let k = 0; k < 11; k++) await blobs.put(`number ${String(k).padStart(2, '0')}`)
    later(1.1)
    expect(await sweep(blobs)).toEqual({ ...nothing, bytesWaiting: 99 })
    later(1.1)
    expect(await sweep(blobs)).toEqual({ ...nothing, blobs: 11, bytesFreed: 99 })
    expect(await keys()).toEqual([])
  })

  test('copies what is large in parts', async () => {
    const blobs = await openStore({ limits: { copyBytes: 6_000_000, listKeys: 1000 } })
    const bytes = Buffer.alloc(15_000_001, 'large')
    const digest = await blobs.put(bytes)
    const parts: string[] = []
    between.before = ({ method, query }) => {
      if (method === 'PUT') parts.push(query.get('partNumber') ?? '')
      return false
    }
    later(1.1)
    await sweep(blobs)
    expect(parts.filter(Boolean)).toEqual(['1', '2', '3'])
    expect((await keys()).every((key) => key.startsWith('store/aside/'))).toBe(true)
    facts.add(digest)
    await sweep(blobs)
    expect(await keys()).toContain(keyOf(digest))
    expect((await (await openStore()).read(digest)).equals(bytes)).toBe(true)
  })

  test('ends uploads that a dead process began more than a day ago, and no others', async () => {
    const blobs = await openStore()
    const begin = (key: string) => fetch(`${between.endpoint}/${bucket}/${key}?uploads`, { method: 'POST' })
    const uploads = async () => (await (await server.ask(`/${bucket}?uploads`)).text()).match(/<Key>[^<]*/g)
    const dead = 'd'.repeat(64)
    await begin(keyOf(dead))
    await begin(`store/aside/${dead}/sweep_1`)
    await begin('store/of another')
    later(1.1)
    await begin(keyOf('e'.repeat(64)))
    expect(await sweep(blobs, true)).toEqual({ ...nothing, leftOvers: 2 })
    expect(await uploads()).toHaveLength(4)
    expect(await sweep(blobs)).toEqual({ ...nothing, leftOvers: 2 })
    expect(await uploads()).toEqual(['<Key>store/of another', `<Key>${keyOf('e'.repeat(64))}`])
  })

  test('is refused where another store has its bytes in the same place', async () => {
    const [one, two] = [await openStore(), await openStore({ storeName: 'store_b' })]
    const digest = await two.put('of the other')
    later(3)
    for (const blobs of [one, two])
      expect(await sweep(blobs)).toMatchObject({ ...nothing, stoppedBy: { code: 'platform/bucketShared' } })
    expect(await two.has(digest)).toBe(true)
  })

  test.each<[string, (asked: OnItsWay) => boolean, string, number]>([
    ['lists', ({ query }) => query.has('list-type'), 'Cannot list the bucket: AccessDenied', 0],
    ['lists of uploads', ({ query }) => query.has('uploads'), 'Cannot list the uploads in the bucket: AccessDenied', 4],
    ['deletes', ({ method }) => method === 'DELETE', "Cannot DELETE 'store/", 4],
    ['copies', ({ method, path }) => method === 'PUT' && path.includes('/aside/'), "Cannot copy to 'store/aside/", 4],
  ])('says so where the server refuses %s, and all stays readable', async (_, refuses, message, bytesWaiting) => {
    const blobs = await openStore()
    const digest = await blobs.put('here')
    later(1.1)
    between.before = refuses
    expect(await sweep(blobs)).toMatchObject({
      bytesWaiting,
      stoppedBy: { code: 'platform/bucketRefused', message: expect.stringContaining(message) },
    })
    between.before = () => false
    expect(String(await (await openStore()).read(digest))).toBe('here')
  })
})
