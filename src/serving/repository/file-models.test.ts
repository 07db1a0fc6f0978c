import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog, systemClock, systemIds, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import { addingModel } from '../fixtures/engine-graphs.ts'
import { askResident, openTestHost } from '../fixtures/model-host.ts'
import { numbers } from '../fixtures/model-queue.ts'
import { servingMigrations } from '../fixtures/served-system.ts'
import { openPredictionLog, type PredictionLog } from '../prediction-log/open-prediction-log.ts'
import { keyOf } from './catalogue.ts'
import { openFileModels, type FileModels } from './file-models.ts'

let folder: string
const closing: (() => Promise<void>)[] = []

interface Store {
  readonly workspace: Workspace
  readonly models: FileModels
  /** What the model that serves adds to a number. */
  readonly added: (name: string, version?: string) => Promise<unknown>
}

/** A process over the folder. */
async function openStore(): Promise<Store> {
  const workspace = await openWorkspace({
    folder,
    migrations: servingMigrations,
    clock: systemClock,
    ids: systemIds(systemClock),
    log: silentLog,
    threads: 1,
  })
  const log: PredictionLog = await openPredictionLog(workspace)
  const host = openTestHost()
  const models = await openFileModels({ workspace, log, host, keepWarmMs: 50 })
  closing.push(async () => {
    await models.close()
    await host.close()
    await log.close()
    await workspace.close()
  })
  const added = async (name: string, version?: string): Promise<unknown> => {
    const file = await models.fileOf(name, version)
    const resident = models.peek(file) ?? (await models.open(file))
    return (await askResident(resident, [numbers(1, 0)]))[0]
  }
  return { workspace, models, added }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-files-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await rm(folder, { recursive: true })
})

describe('openFileModels()', () => {
  test('serves the newest version that is loaded, and every other by its number', async () => {
    const { models, added } = await openStore()
    await models.put('adds', { version: '10', bytes: addingModel(10) })
    await models.put('adds', { version: '9', bytes: addingModel(9) })
    expect([await added('adds'), await added('adds', '9'), await added('adds', '10')]).toEqual([10, 9, 10])
    await expect(added('adds', '8')).rejects.toMatchObject({
      code: 'serving/unknownModel',
      message: "Request for unknown model: version 8 of 'adds' is not found",
    })
    await expect(added('none')).rejects.toMatchObject({ code: 'serving/unknownModel' })
  })

  test('keeps what is unloaded, and serves it when it is loaded again', async () => {
    const { models, added } = await openStore()
    await models.put('adds', { version: '1', bytes: addingModel(1) })
    await models.setLoaded('adds', false)
    await expect(added('adds')).rejects.toMatchObject({ code: 'serving/unknownModel' })
    expect(models.catalogue.list('adds')).toMatchObject([{ version: 1, isLoaded: false }])
    await models.setLoaded('adds', true)
    expect(await added('adds')).toBe(1)
    await expect(models.setLoaded('none', true)).rejects.toMatchObject({ code: 'serving/unknownModel' })
  })

  test('lets another content take over under the same number', async () => {
    const { models, added } = await openStore()
    await models.put('adds', { version: '1', bytes: addingModel(1) })
    await models.put('adds', { version: '1', bytes: addingModel(2) })
    expect([await added('adds'), models.catalogue.list('adds').length]).toEqual([2, 1])
  })

  test.each([
    ['a broken file', 'adds', '2', 'model/unreadable', Buffer.from('no model')],
    ['a name with a path in it', '../adds', '1', 'serving/badInput', addingModel(2)],
    ['a version that is no number', 'adds', 'two', 'serving/badInput', addingModel(2)],
  ])('changes nothing for %s', async (_, name, version, code, bytes) => {
    const { models, added } = await openStore()
    await models.put('adds', { version: '1', bytes: addingModel(1) })
    await expect(models.put(name, { version, bytes })).rejects.toMatchObject({ code })
    expect([await added('adds'), models.catalogue.list().length]).toEqual([1, 1])
  })

  test('fails no request while versions take over from one another', async () => {
    const { models, added } = await openStore()
    await models.put('adds', { version: '1', bytes: addingModel(1) })
    const seen = new Set<unknown>()
    const done = new AbortController()
    const callers = Array.from({ length: 8 }, async () => {
      while (!done.signal.aborted) seen.add(await added('adds'))
    })
    for (let version = 2; version <= 5; version++)
      await models.put('adds', { version: String(version), bytes: addingModel(version) })
    // Longer than a version that was replaced stays open.
    await new Promise((resolve) => setTimeout(resolve, 100))
    done.abort()
    await Promise.all(callers)
    expect([...seen]).toEqual([1, 2, 3, 4, 5])
  })

  test('follows what another process does', async () => {
    const one = await openStore()
    const other = await openStore()
    await one.models.put('adds', { version: '1', bytes: addingModel(1) })
    // A name that is not known is looked for.
    expect(await other.added('adds')).toBe(1)
    await one.models.put('adds', { version: '2', bytes: addingModel(2) })
    expect(await other.added('adds')).toBe(1)
    await other.models.follow()
    const file = await other.models.fileOf('adds')
    expect([other.models.peek(file) !== undefined, await other.added('adds')]).toEqual([true, 2])
    await one.models.setLoaded('adds', false)
    await other.models.follow()
    await expect(other.added('adds')).rejects.toMatchObject({ code: 'serving/unknownModel' })
  })

  test('goes on following others where one file cannot be opened', async () => {
    const one = await openStore()
    const other = await openStore()
    await one.models.put('adds', { version: '1', bytes: addingModel(1) })
    await other.added('adds')
    await one.models.put('adds', { version: '2', bytes: addingModel(2) })
    await one.models.put('fine', { version: '1', bytes: addingModel(3) })
    const { digest } = await one.models.fileOf('adds')
    await rm(one.workspace.blobs.pathOf(digest), { force: true })
    await writeFile(one.workspace.blobs.pathOf(digest), 'a disk that lost it')
    await other.models.follow()
    expect([await other.added('adds'), await other.added('fine')]).toEqual([1, 3])
  })

  test('loads nothing that cannot be opened', async () => {
    const { workspace, models } = await openStore()
    await models.put('adds', { version: '1', bytes: addingModel(1) })
    const { digest } = await models.fileOf('adds')
    await models.setLoaded('adds', false)
    await rm(workspace.blobs.pathOf(digest), { force: true })
    await expect(models.setLoaded('adds', true)).rejects.toMatchObject({ code: 'model/unreadable' })
    expect(models.catalogue.list('adds')).toMatchObject([{ isLoaded: false }])
    const later = await openStore()
    expect(later.models.catalogue.list('adds')).toMatchObject([{ isLoaded: false }])
  })

  test('closes what no longer serves, in every process', async () => {
    const one = await openStore()
    const other = await openStore()
    await one.models.put('adds', { version: '1', bytes: addingModel(1) })
    await other.added('adds')
    const file = await other.models.fileOf('adds')
    await one.models.setLoaded('adds', false)
    await other.models.follow()
    await expect
      .poll(() => [one, other].map(({ models }) => models.peek(file)), { timeout: 10_000 })
      .toEqual([undefined, undefined])
    expect(keyOf(file)).toMatch(/^adds\/1@/)
  })
})
