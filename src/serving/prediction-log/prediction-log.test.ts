import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { numberColumn, stringColumn, type VirtualClock, type Workspace } from '#platform'
import { openLogWorkspace, type LogWorkspace } from '../fixtures/log-workspace.ts'
import { logLine, prediction } from '../fixtures/prediction.ts'
import { appendPredictions } from './append-predictions.ts'
import { compactPredictions } from './compact-predictions.ts'
import { readLine } from './log-line.ts'
import { openPredictionLog } from './open-prediction-log.ts'
import { predictionRelation, type PredictionRelationOptions } from './prediction-relation.ts'
import { wholeLines } from './recover-segment.ts'

let store: LogWorkspace
let folder: string
let clock: VirtualClock
let workspace: Workspace

beforeEach(async () => {
  store = await openLogWorkspace()
  ;({ folder, clock, workspace } = store)
})
afterEach(() => store.close())

const read = async (options: Partial<PredictionRelationOptions> = {}, columns = '*') => {
  const relation = await predictionRelation(workspace, { system: 'flights', ...options })
  return workspace.lake.rows(`select ${columns} from ${relation} order by at_ms, id`)
}
const idsIn = async (options?: Partial<PredictionRelationOptions>) => (await read(options)).map(({ id }) => id)
const files = async () => (await readdir(join(folder, 'predictions', 'flights'))).sort()

describe('linesOf()', () => {
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
