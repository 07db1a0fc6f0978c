import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openBlobs, type Blobs } from './blobs.ts'
import { systemClock } from './clock.ts'
import { systemIds } from './ids.ts'

let folder: string
let blobs: Blobs
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sweep-'))
  blobs = await reopened()
})
afterEach(() => rm(folder, { recursive: true }))

const reopened = (): Promise<Blobs> => openBlobs(folder, { ids: systemIds(systemClock), clock: systemClock })
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const nothing = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set())

/** Makes a file two days old. */
async function age(file: string): Promise<void> {
  const seconds = Date.now() / 1000 - 2 * 86_400
  await utimes(file, seconds, seconds)
}

async function putOld(text: string): Promise<string> {
  const digest = await blobs.put(text)
  await age(blobs.pathOf(digest))
  return digest
}

describe('sweep()', () => {
  test('takes what nothing refers to, and leaves what something does or what is new', async () => {
    const [orphan, needed] = [await putOld('orphan'), await putOld('needed')]
    const fresh = await blobs.put('new')
    const referred = () => Promise.resolve(new Set([needed]))
    const expected = { blobs: 1, bytesFreed: 6, bytesWaiting: 3, leftOvers: 0 }
    expect(await blobs.sweep({ referred, dryRun: true })).toEqual(expected)
    expect(await blobs.has(orphan)).toBe(true)
    expect(await blobs.sweep({ referred })).toEqual(expected)
    expect(await Promise.all([orphan, needed, fresh].map((digest) => blobs.has(digest)))).toEqual([false, true, true])
  })

  test('leaves what was put again within the last day, by any way to put', async () => {
    const digests = await Promise.all(['a', 'bb', 'ccc'].map((text) => putOld(text)))
    const file = blobs.scratchPath('txt')
    await writeFile(file, 'ccc')
    await Promise.all([blobs.put('a'), blobs.putStream(Readable.from([Buffer.from('bb')])), blobs.adopt(file)])
    expect(await blobs.sweep({ referred: nothing })).toMatchObject({ blobs: 0, bytesWaiting: 6 })
    expect(await Promise.all(digests.map((digest) => blobs.has(digest)))).toEqual([true, true, true])
  })

  test('leaves what a fact came to refer to while it was under way', async () => {
    const digest = await putOld('late')
    let times = 0
    const referred = () => Promise.resolve(new Set(times++ === 0 ? [] : [digest]))
    expect(await blobs.sweep({ referred })).toMatchObject({ blobs: 0, bytesFreed: 0 })
    expect((await blobs.read(digest)).toString()).toBe('late')
  })

  test('loses nothing of what is put at the same time', async () => {
    const texts = Array.from({ length: 60 }, (_, place) => `content ${place}`)
    for (let round = 0; round < 4; round++) {
      await Promise.all(texts.map((text) => putOld(text)))
      const half = texts.filter((_, place) => (place + round) % 2 === 0)
      const putting = Promise.all(half.map((text) => blobs.put(text)))
      await blobs.sweep({ referred: nothing })
      await putting
      for (const text of half) expect((await blobs.read(digestOf(text))).toString()).toBe(text)
    }
  })

  test('removes files in the making that are older than a day', async () => {
    const [old, young] = [blobs.scratchPath('bin'), blobs.scratchPath('bin')]
    for (const file of [old, young]) await writeFile(file, 'half')
    await age(old)
    expect(await blobs.sweep({ referred: nothing })).toMatchObject({ leftOvers: 1 })
    expect(await blobs.sweep({ referred: nothing })).toMatchObject({ leftOvers: 0 })
  })

  test('of a process that was killed is undone when the store opens, and done by the next sweep', async () => {
    const [needed, orphan] = [await putOld('needed'), await putOld('orphan')]
    await mkdir(join(folder, 'aside'), { recursive: true })
    for (const digest of [needed, orphan]) await rename(blobs.pathOf(digest), join(folder, 'aside', digest))
    blobs = await reopened()
    expect(await blobs.has(needed)).toBe(true)
    const referred = () => Promise.resolve(new Set([needed]))
    expect(await blobs.sweep({ referred })).toMatchObject({ blobs: 1, bytesFreed: 6 })
    expect(await Promise.all([blobs.has(needed), blobs.has(orphan)])).toEqual([true, false])
  })
})
