import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { constants, getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWorkspace, readConfig, silentLog, systemClock, systemIds } from '#platform'
import { allMigrations } from '#loop/migrations'
import { compactBeside, predictionRelation } from '#serving'
import { prediction } from '../../src/serving/fixtures/prediction.ts'
import { openPredictionLog } from '../../src/serving/prediction-log/open-prediction-log.ts'

const patient = new URL('../../src/serving/fixtures/patient-child.ts', import.meta.url)
const config = readConfig({ MILLRACE_LOG: 'silent' })
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-beside-'))
})
afterEach(() => rm(folder, { recursive: true }))

const compact = (options: { readonly program: URL; readonly signal?: AbortSignal }) =>
  compactBeside({ folder, config, signal: new AbortController().signal, ...options })

describe('compactBeside()', () => {
  test('merges the log of a store with the program of Millrace', async () => {
    const ids = systemIds(systemClock)
    const store = await openWorkspace({ folder, migrations: allMigrations, clock: systemClock, ids, log: silentLog })
    const log = await openPredictionLog(store)
    await log.append('model/adds', [prediction('p1'), prediction('p2')])
    await log.close()
    await compact({ program: new URL('../../src/compaction-process.ts', import.meta.url) })
    const files = await readdir(join(folder, 'predictions/model/adds'))
    expect(files.filter((name) => name.endsWith('.parquet'))).toHaveLength(1)
    const relation = await predictionRelation(store, { system: 'model/adds' })
    expect(await store.lake.rows(`select id from ${relation} order by id`)).toEqual([{ id: 'p1' }, { id: 'p2' }])
    await store.close()
  })

  test.skipIf(process.platform === 'win32')(
    'gives way to processes that answer requests (skipped on Windows, which has other priorities)',
    async () => {
      await compact({ program: patient })
      const lowest = constants.priority.PRIORITY_BELOW_NORMAL
      expect(Number(await readFile(join(folder, 'priority'), 'utf8'))).toBe(Math.max(lowest, getPriority()))
    },
  )

  test('tells of a process that fails, and ends at once where it is told to', async () => {
    await writeFile(join(folder, 'fails'), '')
    await expect(compact({ program: patient })).rejects.toMatchObject({ code: 'serving/processEnded' })
    await rm(join(folder, 'fails'))
    await rm(join(folder, 'priority'))
    await writeFile(join(folder, 'lasts'), '')
    const stop = new AbortController()
    const compacting = compact({ program: patient, signal: stop.signal })
    await expect.poll(() => readdir(folder), { timeout: 30_000 }).toContain('priority')
    stop.abort()
    await compacting
  })
})
