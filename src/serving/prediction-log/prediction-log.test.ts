import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  numberColumn,
  openWorkspace,
  seededIds,
  seededRandom,
  silentLog,
  stringColumn,
  virtualClock,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { prediction } from '../fixtures/prediction.ts'
import { migrations } from '../migrations.ts'
import { appendPredictions } from './append-predictions.ts'
import { readParts, sealPart } from '../store.ts'
import { compactLogs } from './compact-logs.ts'
import { compactPredictions } from './compact-predictions.ts'
import { keepCompacted } from './keep-compacted.ts'
import { linesOf, logLine, readLine } from './log-line.ts'
import { openPredictionLog } from './open-prediction-log.ts'
import { predictionRelation, type PredictionRelationOptions } from './prediction-relation.ts'
import { wholeLines } from './recover-segment.ts'
import { createSegment } from './segment.ts'
import { systemLog } from './system-log.ts'

const dyingChild = fileURLToPath(new URL('../fixtures/dying-child.ts', import.meta.url))

let folder: string
let clock: VirtualClock
let workspace: Workspace

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-serving-'))
  clock = virtualClock(1_000_000)
  workspace = await openWorkspace({
    folder,
    migrations,
    clock,
    ids: seededIds(clock, seededRandom(1)),
    log: silentLog,
    threads: 1,
  })
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

const read = async (options: Partial<PredictionRelationOptions> = {}, columns = '*') => {
  const relation = await predictionRelation(workspace, { system: 'flights', ...options })
  return workspace.lake.rows(`select ${columns} from ${relation} order by at_ms, id`)
}
const idsIn = async (options?: Partial<PredictionRelationOptions>) => (await read(options)).map(({ id }) => id)
const files = async () => (await readdir(join(folder, 'predictions', 'flights'))).sort()

describe('logLine()', () => {
  test('is read back, whatever the text in it', () => {
    const line = logLine(prediction('p1', { inputs: { note: 'a\nb\u2028c\0"crc":1}é🚂' } }))
    expect([line.indexOf('\n'), readLine(line.slice(0, -1))]).toEqual([line.length - 1, { id: 'p1', atMs: 1000 }])
  })

  test('is not read when a single letter of it is not the one that was written', () => {
    const line = logLine(prediction('p1')).slice(0, -1)
    const changed = line.replace('0.75', '0.76')
    expect([changed === line, readLine(changed), readLine(line.slice(0, -1)), readLine('')]).toEqual([
      false,
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('wholeLines()', () => {
  test.each([
    { tail: '', why: 'whole' },
    { tail: logLine(prediction('p3')).slice(0, 50), why: 'cut short within a line' },
    { tail: logLine(prediction('p3')).slice(0, -1), why: 'without its line break' },
    { tail: '\0'.repeat(4096), why: 'ending in a block that never reached the disk' },
    {
      tail: `${'\0'.repeat(40)}\n${logLine(prediction('p4'))}`,
      why: 'with a hole: what stands behind it was never promised',
    },
  ])('of a segment $why are those that were promised', ({ tail }) => {
    const promised = logLine(prediction('p2', { atMs: 7 })) + logLine(prediction('p1', { atMs: 9 }))
    expect(wholeLines(Buffer.from(promised + tail))).toEqual({
      whole: promised.length,
      content: { rows: 2, fromMs: 7, toMs: 9, firstId: 'p1', lastId: 'p2' },
    })
  })
})

describe('openPredictionLog()', () => {
  test('keeps predictions so that they are read back as they were, while it is open', async () => {
    const log = await openPredictionLog(workspace)
    await log.append('flights', [
      prediction('p1', {
        inputs: { note: 'line\u2028break', distance: null },
        requestId: 'mine',
        releaseId: 'release_1',
        arm: 'challenger',
      }),
      prediction('p2', {
        label: null,
        probability: null,
        decision: null,
        threshold: null,
        value: 12.5,
        entityKey: null,
      }),
    ])
    expect(await read()).toEqual([
      {
        id: 'p1',
        at_ms: 1000,
        version_id: 'version_1',
        release_id: 'release_1',
        arm: 'challenger',
        request_id: 'mine',
        entity_key: '["JFK","LAX"]',
        inputs: '{"note":"line\u2028break","distance":null}',
        probabilities: null,
        label: 'late',
        probability: 0.75,
        value: null,
        decision: 'late',
        threshold: 0.3,
        error: null,
        outputs: null,
      },
      expect.objectContaining({ id: 'p2', value: 12.5, label: null, entity_key: null }),
    ])
    await log.close()
  })

  test('writes what callers append at the same time as one group, and answers each', async () => {
    const log = await openPredictionLog(workspace)
    await Promise.all(Array.from({ length: 200 }, (_, i) => log.append('flights', [prediction(`p${i}`)])))
    expect(new Set(await idsIn()).size).toBe(200)
    expect(await files()).toHaveLength(1)
    await log.close()
  })

  test('keeps each system apart', async () => {
    const log = await openPredictionLog(workspace)
    await Promise.all([log.append('flights', [prediction('p1')]), log.append('taxi', [prediction('p2')])])
    expect([await idsIn(), await idsIn({ system: 'taxi' }), await idsIn({ system: 'none' })]).toEqual([
      ['p1'],
      ['p2'],
      [],
    ])
    await log.close()
  })

  test('goes on in another file once one is full, without a gap', async () => {
    const log = await openPredictionLog(workspace, { maxBytes: 2000, syncMs: 20 })
    const ids = Array.from({ length: 60 }, (_, i) => `p${String(i).padStart(3, '0')}`)
    for (const id of ids) await log.append('flights', [prediction(id)])
    const parts = await readParts(workspace.database, { states: ['open', 'sealed'] })
    const made = await files()
    // The next one is made before it is needed.
    expect(made.length).toBeGreaterThan(5)
    expect(parts.filter(({ state }) => state === 'open').length).toBeLessThanOrEqual(2)
    const sizes = await Promise.all(
      made.map(async (name) => (await stat(join(folder, 'predictions/flights', name))).size),
    )
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
      .poll(async () => (await readParts(workspace.database, { states: ['sealed'] })).map(({ rows }) => rows))
      .toEqual([1])
    await log.append('flights', [prediction('p2')])
    expect(await compactPredictions(workspace, { system: 'flights' })).toMatchObject({ rows: 1 })
    expect(await idsIn()).toEqual(['p1', 'p2'])
    await log.close()
  })

  test('tells the caller when the disk refuses, and goes on when it does not any more', async () => {
    const log = await openPredictionLog(workspace)
    const place = join(folder, 'predictions', 'flights')
    await writeFile(place, 'a file where the folder should be')
    await expect(log.append('flights', [prediction('p1')])).rejects.toThrow('EEXIST')
    await rm(place)
    await log.append('flights', [prediction('p2')])
    expect(await idsIn()).toEqual(['p2'])
    await log.close()
  })
})

describe('predictionRelation()', () => {
  test('gives the span that was asked for, and inputs as columns', async () => {
    const log = await openPredictionLog(workspace)
    const made = [5, 10, 15].map((atMs) =>
      prediction(`p${atMs}`, { atMs, inputs: { 'flight no': atMs, origin: `A${atMs}` } }),
    )
    await log.append('flights', made)
    await log.close()
    const inputs = [
      { name: 'flight no', type: 'numeric' },
      { name: 'origin', type: 'categorical' },
      { name: 'absent', type: 'boolean' },
    ] as const
    expect(await read({ fromMs: 10, toMs: 15, inputs }, 'id, "flight no", origin, absent')).toEqual([
      { id: 'p10', 'flight no': 10, origin: 'A10', absent: null },
    ])
  })

  test('gives failures only to those who ask for them', async () => {
    const log = await openPredictionLog(workspace)
    await log.append('flights', [prediction('p1'), prediction('p2', { error: 'model/runFailed' })])
    expect([await idsIn(), await idsIn({ failed: true })]).toEqual([['p1'], ['p2']])
    await log.close()
  })
})

describe('compactPredictions()', () => {
  test('merges sealed segments into Parquet without changing what the log says', async () => {
    const log = await openPredictionLog(workspace)
    for (const id of ['p3', 'p1', 'p2']) {
      await log.append('flights', [prediction(id)])
      await log.rotate()
    }
    await log.append('flights', [prediction('p4')])
    const before = await read()
    expect(await compactPredictions(workspace, { system: 'flights' })).toEqual({ merged: 3, rows: 3, removed: 0 })
    expect(await read()).toEqual(before)
    await log.close()
  })

  test('removes merged files once readers of an older relation are done', async () => {
    const log = await openPredictionLog(workspace)
    await log.append('flights', [prediction('p1')])
    await log.close()
    const old = await predictionRelation(workspace, { system: 'flights' })
    await compactPredictions(workspace, { system: 'flights' })
    expect(await workspace.lake.rows(`select id from ${old}`)).toEqual([{ id: 'p1' }])
    clock.advanceTo(1_000_000 + 600_001)
    expect(await compactPredictions(workspace, { system: 'flights' })).toEqual({ merged: 0, rows: 0, removed: 1 })
    expect([(await files()).map((name) => name.split('.').at(-1)), await idsIn()]).toEqual([['parquet'], ['p1']])
  })

  test('leaves a segment alone that grows', async () => {
    const log = await openPredictionLog(workspace)
    await log.append('flights', [prediction('p1')])
    expect(await compactPredictions(workspace, { system: 'flights' })).toMatchObject({ merged: 0 })
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

describe('compactLogs()', () => {
  test('merges the logs of all names that hold sealed files, and removes what was merged before', async () => {
    const log = await openPredictionLog(workspace)
    for (const name of ['flights', 'model/adds', 'model/other']) await log.append(name, [prediction(`p ${name}`)])
    await log.close()
    const [growing] = [await openPredictionLog(workspace)]
    await growing.append('taxi', [prediction('p taxi')])
    expect(await compactLogs(workspace)).toEqual({ merged: 3, rows: 3, removed: 0 })
    expect(await readdir(join(folder, 'predictions/model/adds'))).toHaveLength(2)
    clock.advanceTo(1_000_000 + 600_001)
    expect(await compactLogs(workspace)).toEqual({ merged: 0, rows: 0, removed: 3 })
    expect(await readdir(join(folder, 'predictions/model/adds'))).toEqual([expect.stringMatching(/\.parquet$/)])
    for (const system of ['flights', 'model/adds', 'model/other', 'taxi'])
      expect(await idsIn({ system })).toEqual([`p ${system}`])
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
      log: silentLog,
      threads: 1,
      ids: seededIds(clock, seededRandom(2)),
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
      .poll(async () => (await readParts(workspace.database, { states: ['sealed'] })).map(({ kind }) => kind))
      .toEqual(['parquet'])
    await log.append('model/adds', [prediction('p2')])
    await kept.close()
    expect(await idsIn({ system: 'model/adds' })).toEqual(['p1', 'p2'])
    await log.close()
  })
})

describe('systemLog()', () => {
  const lines = (id: string) => linesOf([prediction(id)])

  test('leaves a file that the disk let down, and takes no more than one failure of it', async () => {
    let made = 0
    const sealed: [number, number][] = []
    const log = systemLog({
      fullness: () => 0,
      begin: async () => {
        const number = ++made
        const segment = await createSegment(join(folder, `segment ${number}`), { syncMs: 0 })
        return {
          ...segment,
          // The disk reports what it lost, after it was promised.
          isBroken: () => number === 1 && segment.sizeBytes() > 0,
          seal: async ({ rows }) => void sealed.push([number, rows]),
        }
      },
    })
    await log.append(lines('p1'))
    await log.append(lines('p2'))
    await log.rotate()
    expect(sealed).toEqual([
      [1, 1],
      [2, 1],
    ])
  })

  test('asks again for a next file that could not be made in advance', async () => {
    let attempts = 0
    const log = systemLog({
      // Half full with the first line, full with the second.
      fullness: (segment) => segment.sizeBytes() / (2 * logLine(prediction('p1')).length),
      begin: async () => {
        if (++attempts === 2) throw new Error('The disk was full for a moment')
        const segment = await createSegment(join(folder, `segment ${attempts}`), { syncMs: 0 })
        return { ...segment, seal: () => Promise.resolve() }
      },
    })
    for (const id of ['p1', 'p2', 'p3']) await log.append(lines(id))
    await log.rotate()
    expect(attempts).toBeGreaterThanOrEqual(3)
  })
})

describe('appendPredictions()', () => {
  const batch = {
    rowCount: 3,
    columns: {
      at_ms: numberColumn([10, 20, 30]),
      label: stringColumn(['late', 'on time', 'late']),
      probability: numberColumn([0.9, 0.2, NaN]),
      entity_key: stringColumn(['["JFK"]', null, '["LAX"]']),
    },
  }
  const append = (key: string, more = {}) =>
    appendPredictions(workspace, {
      system: 'flights',
      key,
      batch,
      constants: { version_id: 'version_1', arm: 'champion', threshold: 0.3 },
      ...more,
    })

  test('keeps a batch by column, with ids that its caller can name', async () => {
    const inputs = {
      rowCount: 3,
      columns: { distance: numberColumn([1, 2.5, NaN]), 'carrier "x"': stringColumn(['A', 'B', null]) },
    }
    const { rows, idOf } = await append('day 1', { inputs })
    expect([
      rows,
      await read({}, 'id, at_ms, version_id, arm, label, probability, threshold, entity_key, value, error'),
    ]).toEqual([
      3,
      [
        { label: 'late', probability: 0.9, entity_key: '["JFK"]' },
        { label: 'on time', probability: 0.2, entity_key: null },
        { label: 'late', probability: null, entity_key: '["LAX"]' },
      ].map((row, i) => ({
        id: idOf(i),
        at_ms: (i + 1) * 10,
        version_id: 'version_1',
        arm: 'champion',
        threshold: 0.3,
        value: null,
        error: null,
        ...row,
      })),
    ])
    expect(
      await read(
        {
          inputs: [
            { name: 'distance', type: 'numeric' },
            { name: 'carrier "x"', type: 'text' },
          ],
        },
        'distance, "carrier ""x""" as carrier',
      ),
    ).toEqual([
      { distance: 1, carrier: 'A' },
      { distance: 2.5, carrier: 'B' },
      { distance: null, carrier: null },
    ])
  })

  test('keeps a batch once for its key, merged or not', async () => {
    const first = await append('day 1')
    expect((await append('day 1')).idOf(1)).toBe(first.idOf(1))
    await append('day 2')
    for (let i = 0; i < 32; i++) await append(`more ${i}`)
    await compactPredictions(workspace, { system: 'flights' })
    clock.advanceTo(3_000_000)
    await compactPredictions(workspace, { system: 'flights' })
    await append('day 1')
    expect([(await idsIn()).length, await files()]).toEqual([34 * 3, [expect.stringMatching(/\.parquet$/)]])
  })

  test('leaves no file that counts when its column is wrong', async () => {
    await expect(
      append('day 1', { batch: { rowCount: 1, columns: { lable: stringColumn(['x']) } } }),
    ).rejects.toMatchObject({
      code: 'serving/wrongBatch',
      message: "Cannot keep the batch: the prediction log takes no column 'lable'",
    })
    expect(await idsIn()).toEqual([])
  })

  test('reads only the files of the span that was asked for', async () => {
    await append('day 1')
    await append('day 2', { batch: { ...batch, columns: { ...batch.columns, at_ms: numberColumn([110, 120, 130]) } } })
    const relation = await predictionRelation(workspace, { system: 'flights', fromMs: 100 })
    expect(relation.match(/\.parquet/g)).toHaveLength(1)
  })
})
