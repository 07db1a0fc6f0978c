import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seededIds, seededRandom, silentLog, type VirtualClock, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import { openLogWorkspace, type LogWorkspace } from '../fixtures/log-workspace.ts'
import { logLine, prediction } from '../fixtures/prediction.ts'
import { migrations } from '../migrations.ts'
import { readParts, sealPart } from '../store.ts'
import { compactLogs } from './compact-logs.ts'
import { compactPredictions } from './compact-predictions.ts'
import { keepCompacted } from './keep-compacted.ts'
import { openPredictionLog } from './open-prediction-log.ts'
import { predictionRelation } from './prediction-relation.ts'

const dyingChild = fileURLToPath(new URL('../fixtures/dying-child.ts', import.meta.url))
let store: LogWorkspace
let folder: string
let clock: VirtualClock
let workspace: Workspace

beforeEach(async () => {
  store = await openLogWorkspace()
  ;({ folder, clock, workspace } = store)
})
afterEach(() => store.close())

const idsIn = async (system = 'flights'): Promise<unknown[]> => {
  const relation = await predictionRelation(workspace, { system })
  return (await workspace.lake.rows(`select id from ${relation} order by id`)).map(({ id }) => id)
}

describe('openPredictionLog()', () => {
  test('goes on in another file once one is full, without a gap', async () => {
    const log = await openPredictionLog(workspace, { maxBytes: 2000, syncMs: 20 })
    const ids = Array.from({ length: 60 }, (_, i) => `p${String(i).padStart(3, '0')}`)
    for (const id of ids) await log.append('flights', [prediction(id)])
    const parts = await readParts(workspace.database, { states: ['open', 'sealed'] })
    const place = join(folder, 'predictions/flights')
    const made = await readdir(place)
    // The next one is made before it is needed.
    expect(made.length).toBeGreaterThan(5)
    expect(parts.filter(({ state }) => state === 'open').length).toBeLessThanOrEqual(2)
    const sizes = await Promise.all(made.map(async (name) => (await stat(join(place, name))).size))
    expect(Math.max(...sizes)).toBeLessThan(2000 + logLine(prediction('p000')).length)
    expect(await idsIn()).toEqual(ids)
    await log.close()
    expect([await idsIn(), await readParts(workspace.database, { states: ['open'] })]).toEqual([ids, []])
    await compactPredictions(workspace, { system: 'flights' })
    expect(await idsIn()).toEqual(ids)
  })

  test('seals a file that has grown for long, so that it can be merged while others are written', async () => {
    const log = await openPredictionLog(workspace, { maxAgeMs: 40 })
    await log.append('flights', [prediction('p1')])
    await expect
      .poll(async () => (await readParts(workspace.database, { states: ['sealed'] })).map(({ rows }) => rows), {
        timeout: 10_000,
      })
      .toEqual([1])
    expect(await compactPredictions(workspace, { system: 'flights' })).toMatchObject({ rows: 1 })
    await log.append('flights', [prediction('p2')])
    expect(await idsIn()).toEqual(['p1', 'p2'])
    await log.close()
  })
})

describe('sealPart()', () => {
  test('does not bring back what was merged while its writer was found dead twice', async () => {
    const log = await openPredictionLog(workspace)
    await log.append('flights', [prediction('p1')])
    const [part] = await readParts(workspace.database, { states: ['open'] })
    await log.close()
    await compactPredictions(workspace, { system: 'flights' })
    // Another process read the list before, and only now gets to it.
    const content = { rows: 1, fromMs: 1000, toMs: 1000, firstId: 'p1', lastId: 'p1' }
    await sealPart(workspace.database, part?.name as string, { ...content, atMs: 2000 })
    expect(await idsIn()).toEqual(['p1'])
  })
})

describe('compactPredictions()', () => {
  test('merges no more at a time than fits, as often as it takes', async () => {
    const line = logLine(prediction('p000')).length
    const log = await openPredictionLog(workspace, { maxBytes: line * 2 })
    const ids = Array.from({ length: 12 }, (_, i) => `p${String(i).padStart(3, '0')}`)
    for (const id of ids) await log.append('flights', [prediction(id)])
    await log.close()
    const segments = await readParts(workspace.database, { states: ['sealed'] })
    const merged = await compactPredictions(workspace, { system: 'flights', mergedBytes: line * 5 })
    expect(merged).toMatchObject({ merged: segments.length, rows: ids.length })
    const kept = await readParts(workspace.database, { states: ['sealed'] })
    expect(kept.every(({ kind, rows }) => kind === 'parquet' && rows <= 5)).toBe(true)
    expect(kept.length).toBeGreaterThan(2)
    expect(await idsIn()).toEqual(ids)
  })
})

describe('compactLogs()', () => {
  test('merges the logs of all names that hold sealed files, and removes what was merged before', async () => {
    const log = await openPredictionLog(workspace)
    for (const name of ['flights', 'model/adds', 'model/other']) await log.append(name, [prediction(`p ${name}`)])
    await log.close()
    const growing = await openPredictionLog(workspace)
    await growing.append('taxi', [prediction('p taxi')])
    expect(await compactLogs(workspace)).toEqual({ merged: 3, rows: 3, removed: 0 })
    expect(await readdir(join(folder, 'predictions/model/adds'))).toHaveLength(2)
    clock.advanceTo(1_000_000 + 600_001)
    expect(await compactLogs(workspace)).toEqual({ merged: 0, rows: 0, removed: 3 })
    expect(await readdir(join(folder, 'predictions/model/adds'))).toEqual([expect.stringMatching(/\.parquet$/)])
    for (const system of ['flights', 'model/adds', 'model/other', 'taxi'])
      expect(await idsIn(system)).toEqual([`p ${system}`])
    await growing.close()
  })

  test('seals and merges what a process left behind that nobody follows', async () => {
    const left = await mkdtemp(join(tmpdir(), 'millrace-left-'))
    const writer = spawnSync(process.execPath, ['--conditions=source', dyingChild, left], { encoding: 'utf8' })
    expect(writer.signal).toBe('SIGKILL')
    const store = await openWorkspace({
      folder: left,
      migrations,
      clock,
      ids: seededIds(clock, seededRandom(2)),
      log: silentLog,
      threads: 1,
    })
    expect(await compactLogs(store)).toEqual({ merged: 1, rows: 2, removed: 0 })
    await store.close()
    await rm(left, { recursive: true })
  })
})

describe('keepCompacted()', () => {
  test('merges what is sealed while others write', async () => {
    const log = await openPredictionLog(workspace, { maxAgeMs: 30 })
    const kept = keepCompacted(workspace, { everyMs: 20 })
    await log.append('model/adds', [prediction('p1')])
    await expect
      .poll(async () => (await readParts(workspace.database, { states: ['sealed'] })).map(({ kind }) => kind), {
        timeout: 10_000,
      })
      .toEqual(['parquet'])
    await log.append('model/adds', [prediction('p2')])
    await kept.close()
    expect(await idsIn('model/adds')).toEqual(['p1', 'p2'])
    await log.close()
  })
})
