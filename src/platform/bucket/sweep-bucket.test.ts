import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBlobs, type Blobs, type Digest } from '../blobs.ts'
import { systemClock, virtualClock } from '../clock.ts'
import { seededIds, systemIds } from '../ids.ts'
import { seededRandom, type Random } from '../random.ts'
import { bucketBlobs } from './bucket-blobs.ts'
import { bucketKeys } from './bucket-keys.ts'
import { steppedBucket, type Objects } from './fixtures/stepped-bucket.ts'
import { sweepBucket } from './sweep-bucket.ts'

const day = 86_400_000
const keys = bucketKeys('store/')
const ids = systemIds(systemClock)
const contents = ['a', 'b']

let folder: string
let files: Blobs
let digests: readonly Digest[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sweep-bucket-'))
  files = await openBlobs(folder, { ids, clock: systemClock })
  digests = await Promise.all(contents.map((content) => files.put(content)))
})
afterAll(() => rm(folder, { recursive: true }))

/** Whoever has a turn next goes on: one of those that wait, drawn by lot. */
function turns(random: Random) {
  const waiting: (() => void)[] = []
  return {
    next: () => new Promise<void>((resolve) => void waiting.push(resolve)),
    /** Gives turns until all have ended. */
    until: async (actors: readonly Promise<unknown>[]): Promise<void> => {
      const state = { ended: false }
      const all = Promise.allSettled(actors).finally(() => (state.ended = true))
      while (!state.ended) {
        for (const go of waiting.splice(random.int(waiting.length || 1), 1)) go()
        await setImmediate()
      }
      for (const result of await all) if (result.status === 'rejected') throw result.reason
    },
  }
}

/** Days of a bucket that several processes put into, read and sweep at the same time, in an order drawn by lot. */
async function days(seed: number): Promise<{ objects: Objects; facts: ReadonlySet<Digest> }> {
  const random = seededRandom(`${seed}`)
  const clock = virtualClock(Date.parse('2026-01-01'))
  const ids = seededIds(clock, random.fork('ids'))
  const objects: Objects = new Map()
  const facts = new Set<Digest>()
  const { next, until } = turns(random)
  const process = (steps = Infinity): Blobs => {
    const step = async (): Promise<boolean> => {
      await next()
      return steps-- > 0
    }
    return bucketBlobs({
      bucket: steppedBucket(objects, { clock, step }),
      keys,
      // The folder tells nothing: all comes from the bucket.
      folder: {
        ...files,
        has: () => Promise.resolve(false),
        put: (bytes) => Promise.resolve(digests[contents.indexOf(String(bytes))] as Digest),
      },
      recent: { used: () => Promise.resolve() },
      storeName: () => Promise.resolve('store'),
      clock,
      ids,
    })
  }
  /** Facts that are still to be written, of bytes that were relied on. */
  const owed: Digest[] = []
  const write = async (digest: Digest): Promise<void> => {
    if (random.next() < 0.5) return void owed.push(digest)
    await next()
    facts.add(digest)
  }
  const any = (): number => random.int(contents.length)
  const acts: readonly (() => Promise<unknown>)[] = [
    async () => write(await process().put(contents[any()] as string)),
    async () => {
      const digest = digests[any()] as Digest
      if (await process().has(digest)) await write(digest)
    },
    async () => {
      const place = any()
      const digest = digests[place] as Digest
      if (!facts.has(digest)) return
      assert.equal(await text(await process().openRead(digest)), contents[place])
    },
    ...[Infinity, Infinity, random.int(20)].map((steps) => async () => {
      const referred = async () => (await next(), new Set(facts))
      await process(steps).sweep({ referred })
    }),
  ]
  for (let round = 0; round < 8; round++) {
    for (const digest of digests) if (random.next() < 0.3) facts.delete(digest)
    await until(Array.from({ length: 6 }, () => (acts[random.int(acts.length)] as () => Promise<unknown>)()))
    clock.advanceTo(clock.now() + (random.int(4) / 4) * 0.9 * day)
    for (const digest of owed.splice(0)) facts.add(digest)
    for (const digest of facts) await until([process().openRead(digest)])
    clock.advanceTo(clock.now() + random.int(2) * 1.1 * day)
  }
  for (let sweeps = 0; sweeps < 3; sweeps++) {
    clock.advanceTo(clock.now() + 1.1 * day)
    await until([process().sweep({ referred: async () => facts })])
  }
  return { objects, facts }
}

test('a sweep of a bucket loses nothing that a fact refers to, and leaves nothing else, in whatever order its steps and those of others come', async () => {
  for (let seed = 0; seed < seeds; seed++) {
    const { objects, facts } = await days(seed).catch((error: unknown) => {
      throw new Error(`with seed ${seed}`, { cause: error })
    })
    const left = [...objects.keys()].filter((key) => !key.startsWith(keys.stores))
    expect([seed, ...left.toSorted()]).toEqual([seed, ...[...facts].map((digest) => keys.contents(digest)).toSorted()])
  }
})

test('a sweep of a bucket leaves contents at their place whose copying took longer than an hour', async () => {
  const clock = virtualClock(Date.parse('2026-01-01'))
  const digest = digests[0] as Digest
  const objects: Objects = new Map([[keys.contents(digest), { bytes: Buffer.from('a'), modifiedMs: clock.now() }]])
  const bucket = steppedBucket(objects, { clock, step: () => Promise.resolve(true) })
  const slow: typeof bucket = {
    ...bucket,
    copy: async (key, to) => {
      clock.advanceTo(clock.now() + day / 24)
      return bucket.copy(key, to)
    },
  }
  clock.advanceTo(clock.now() + 2 * day)
  const at = { keys, clock, store: 'store/stores/a' }
  const options = { referred: () => Promise.resolve(new Set<Digest>()) }
  expect(await sweepBucket({ ...at, bucket: slow, name: 'sweep_1' }, options)).toMatchObject({ bytesWaiting: 1 })
  expect(objects.has(keys.contents(digest))).toBe(true)
  await sweepBucket({ ...at, bucket, name: 'sweep_2' }, options)
  expect(objects.has(keys.contents(digest))).toBe(false)
})

const seeds = 600
