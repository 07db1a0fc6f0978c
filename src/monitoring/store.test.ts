import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seededIds, seededRandom, virtualClock, type VirtualClock, type Workspace, silentLog } from '#platform'
import { openWorkspace } from '#test-workspace'
import { migrations } from './migrations.ts'
import type { Signal, WindowReport } from './schema.ts'
import { saveSignals, saveWindowReport, signalsOf, windowReports } from './store.ts'

let folder: string
let workspace: Workspace
let clock: VirtualClock

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-monitoring-'))
  clock = virtualClock(1000)
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({ folder, migrations, clock, ids, log: silentLog })
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true, force: true })
})

const report = (versionId: string, startMs: number, knownShare = 0): WindowReport => ({
  system: 'flights',
  versionId,
  startMs,
  endMs: startMs + 10,
  rows: 5,
  drift: [],
  predictionDrift: null,
  knownShare,
  realised: null,
  expected: null,
  expectedCostPer: null,
  signals: [],
})
const signal = (kind: Signal['kind'], startMs: number, statement = 'something moved'): Signal => ({
  kind,
  system: 'flights',
  versionId: 'v1',
  startMs,
  endMs: startMs + 10,
  severity: 'warn',
  statement,
  evidence: { share: 0.5 },
})

describe('saveWindowReport()', () => {
  test('keeps a report whole, and gives reports in the order of windows, then versions', async () => {
    for (const one of [report('v2', 20), report('v1', 20), report('v1', 10)]) await saveWindowReport(workspace, one)
    expect(await windowReports(workspace, { system: 'flights' })).toEqual([
      report('v1', 10),
      report('v1', 20),
      report('v2', 20),
    ])
  })

  test('lets a later report of the same version and window take the place of the first', async () => {
    await saveWindowReport(workspace, report('v1', 10))
    await saveWindowReport(workspace, report('v1', 10, 0.9))
    expect(await windowReports(workspace, { system: 'flights' })).toEqual([report('v1', 10, 0.9)])
  })

  test('gives windows that overlap the span asked for, of one version or system', async () => {
    for (const start of [0, 10, 20]) await saveWindowReport(workspace, report('v1', start))
    await saveWindowReport(workspace, { ...report('v1', 10), system: 'taxi' })
    const starts = async (filter: { fromMs?: number; toMs?: number; versionId?: string }) =>
      (await windowReports(workspace, { system: 'flights', ...filter })).map((one) => one.startMs)
    expect(await starts({ fromMs: 10 })).toEqual([10, 20])
    expect(await starts({ toMs: 10 })).toEqual([0])
    expect(await starts({ fromMs: 10, toMs: 20 })).toEqual([10])
    expect(await starts({ versionId: 'v2' })).toEqual([])
  })
})

describe('saveSignals()', () => {
  test('gives the new ones with their ids, and the store the same', async () => {
    const raised = await saveSignals(workspace, [signal('drift', 10), signal('decay', 10)])
    expect(raised.map(({ kind, raisedAtMs }) => [kind, raisedAtMs])).toEqual([
      ['drift', 1000],
      ['decay', 1000],
    ])
    expect(new Set(raised.map(({ id }) => id)).size).toBe(2)
    expect(new Set(await signalsOf(workspace, { system: 'flights' }))).toEqual(new Set(raised))
  })

  test('raises a kind once for a version and window: the first stands', async () => {
    const [first] = await saveSignals(workspace, [signal('drift', 10)])
    clock.advanceTo(2000)
    expect(await saveSignals(workspace, [signal('drift', 10, 'again')])).toEqual([])
    expect(await signalsOf(workspace, { system: 'flights' })).toEqual([first])
  })

  test('finds signals by kind and span', async () => {
    await saveSignals(workspace, [signal('drift', 10), signal('decay', 20)])
    const kinds = async (filter: object) =>
      (await signalsOf(workspace, { system: 'flights', ...filter })).map((one) => one.kind)
    expect(await kinds({ kinds: ['decay'] })).toEqual(['decay'])
    expect(await kinds({ toMs: 20 })).toEqual(['drift'])
    expect(await saveSignals(workspace, [])).toEqual([])
  })
})
