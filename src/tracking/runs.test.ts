import { sql } from 'kysely'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  defineFailures,
  seededIds,
  seededRandom,
  silentLog,
  virtualClock,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { openWorkspace } from '#test-workspace'
import {
  closeOrphanRuns,
  experiments,
  finishRun,
  logArtifact,
  logMetrics,
  logParams,
  metricHistory,
  run,
  runsOf,
  startRun,
  type RunStart,
} from './index.ts'
import { migrations } from './migrations.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracking-'))
  clock = virtualClock(1000)
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({ folder, migrations, clock, ids, log: silentLog, threads: 1 })
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

const start = (change: Partial<RunStart> = {}): RunStart => ({
  system: 'flight-delay',
  name: 'small trees',
  kind: 'boosted-trees',
  key: 'train/1/small trees',
  systemHash: 'a'.repeat(64),
  dataHash: 'b'.repeat(64),
  commit: 'c0ffee',
  dirty: true,
  seed: 7,
  params: { rounds: 200, sql: 'a > 1', early: true },
  ...change,
})

test('startRun() records all that the run depends on', async () => {
  const started = await startRun(workspace, start())
  expect(started).toMatchObject({
    system: 'flight-delay',
    name: 'small trees',
    kind: 'boosted-trees',
    status: 'running',
    attempt: 1,
    systemHash: 'a'.repeat(64),
    dataHash: 'b'.repeat(64),
    commit: 'c0ffee',
    dirty: true,
    seed: 7,
    params: { rounds: 200, sql: 'a > 1', early: true },
    startedAtMs: 1000,
    finishedAtMs: null,
    failure: null,
  })
  expect(started.environment).toMatchObject({
    node: process.versions.node,
    millrace: expect.stringMatching(/^\d+\.\d+\.\d+/),
    onnxruntime: expect.stringMatching(/^\d+\.\d+\.\d+/),
    platform: `${process.platform}-${process.arch}`,
  })
  expect(await run(workspace, started.id)).toEqual(started)
})

test('a run from start to end gives back what was logged', async () => {
  const { id } = await startRun(workspace, start())
  await logParams(workspace, { runId: id, params: { leaves: 31 } })
  for (const step of [2, 0, 1])
    await logMetrics(workspace, { runId: id, metrics: { loss: 1 / (step + 1), auc: 0.5 }, step })
  await logArtifact(workspace, { runId: id, path: 'model.onnx', digest: 'd1' })
  clock.advanceTo(3000)
  await logArtifact(workspace, { runId: id, path: 'model.onnx', digest: 'd2' })
  const ended = await finishRun(workspace, { runId: id, status: 'finished', facts: { rounds: 180 } })
  expect(ended).toMatchObject({
    status: 'finished',
    finishedAtMs: 3000,
    params: { leaves: 31, rounds: 200 },
    metrics: { loss: 1 / 3, auc: 0.5 },
    artifacts: [{ path: 'model.onnx', digest: 'd2', atMs: 3000 }],
    facts: { rounds: 180 },
  })
  expect(await metricHistory(workspace, { runId: id, name: 'loss' })).toEqual([
    { step: 0, value: 1, atMs: 1000 },
    { step: 1, value: 0.5, atMs: 1000 },
    { step: 2, value: 1 / 3, atMs: 1000 },
  ])
})

test('logMetrics() at a step that has a value puts the new one in its place', async () => {
  const { id } = await startRun(workspace, start())
  await logMetrics(workspace, { runId: id, metrics: { loss: 1 } })
  await logMetrics(workspace, { runId: id, metrics: { loss: 2 }, atMs: 5 })
  expect(await metricHistory(workspace, { runId: id, name: 'loss' })).toEqual([{ step: 0, value: 2, atMs: 5 }])
})

test('logMetrics() takes as many as there are', async () => {
  const { id } = await startRun(workspace, start())
  const metrics = Object.fromEntries(Array.from({ length: 12_000 }, (_, place) => [`m${place}`, place]))
  await logMetrics(workspace, { runId: id, metrics })
  expect((await run(workspace, id)).metrics).toEqual(metrics)
})

test('startRun() with a known key takes up the run: a failed one begins again, a finished one stays', async () => {
  const first = await startRun(workspace, start())
  await finishRun(workspace, { runId: first.id, status: 'failed', error: new Error('Out of luck') })
  clock.advanceTo(2000)
  const second = await startRun(workspace, start())
  expect(second).toEqual({ ...first, attempt: 2, startedAtMs: 2000 })
  const finished = await finishRun(workspace, { runId: first.id, status: 'finished' })
  expect(await startRun(workspace, start())).toEqual(finished)
  expect(await runsOf(workspace)).toHaveLength(1)
})

test('startRun() called many times at once with one key makes one run', async () => {
  const runs = await Promise.all(Array.from({ length: 8 }, () => startRun(workspace, start())))
  expect(new Set(runs.map((one) => one.id)).size).toBe(1)
})

test('finishRun() keeps what was thrown, with its code', async () => {
  const fail = defineFailures('training', { oneClass: { status: 422, means: 'm', remedy: 'r' } })
  const { id } = await startRun(workspace, start())
  const error = fail('oneClass', 'Cannot train: all rows are late')
  expect(await finishRun(workspace, { runId: id, status: 'failed', error })).toMatchObject({
    status: 'failed',
    failure: { code: 'training/oneClass', message: 'Cannot train: all rows are late' },
  })
})

test.each(['finished', 'cancelled'] as const)('finishRun() leaves a %s run as it is', async (status) => {
  const { id } = await startRun(workspace, start())
  const ended = await finishRun(workspace, { runId: id, status, facts: { rounds: 1 } })
  clock.advanceTo(9000)
  expect(await finishRun(workspace, { runId: id, status: 'failed', error: 'late' })).toEqual(ended)
})

test('runsOf() has the runs that match, the newest first', async () => {
  for (const [place, system] of ['taxi', 'flight-delay', 'flight-delay'].entries()) {
    clock.advanceTo(2000 + place)
    await startRun(workspace, start({ system, key: String(place), name: `c${place}`, dataHash: `d${place}` }))
  }
  const keys = async (filter: Parameters<typeof runsOf>[1]) => (await runsOf(workspace, filter)).map(({ key }) => key)
  expect(await keys({})).toEqual(['2', '1', '0'])
  expect(await keys({ system: 'flight-delay', limit: 1 })).toEqual(['2'])
  expect(await keys({ beforeMs: 2001 })).toEqual(['0'])
  expect(await keys({ name: 'c1' })).toEqual(['1'])
  expect(await keys({ dataHash: 'd2' })).toEqual(['2'])
  expect(await keys({ status: 'finished' })).toEqual([])
  expect((await experiments(workspace)).map(({ system }) => system)).toEqual([null, 'flight-delay', 'taxi'])
})

test('closeOrphanRuns() fails the runs whose process is gone, and no others', async () => {
  const ownRun = await startRun(workspace, start({ key: 'own' }))
  const dead = await startRun(workspace, start({ key: 'dead' }))
  const alive = await startRun(workspace, start({ key: 'alive' }))
  const done = await startRun(workspace, start({ key: 'done' }))
  await finishRun(workspace, { runId: done.id, status: 'finished' })
  const { pid: gone } = spawnSync(process.execPath, ['--version'])
  const own = (id: string, owner: string) =>
    sql`update tracking_origins set owner = ${owner}
      where run = (select number from tracking_runs where id = ${id})`.execute(workspace.database)
  await own(dead.id, `${hostname()}/${gone}`)
  await own(alive.id, `${hostname()}/${process.ppid}`)
  expect([...(await closeOrphanRuns(workspace))].sort()).toEqual([ownRun.id, dead.id].sort())
  expect(await run(workspace, dead.id)).toMatchObject({
    status: 'failed',
    failure: { message: 'Its process ended before it did' },
  })
  expect((await run(workspace, alive.id)).status).toBe('running')
  expect((await run(workspace, done.id)).status).toBe('finished')
})

test.each<[string, (id: string) => Promise<unknown>, string]>([
  ['a run that is not', () => logMetrics(workspace, { runId: 'run_x', metrics: {} }), 'tracking/unknownRun'],
  ['reading a run that is not', () => run(workspace, 'run_x'), 'tracking/unknownRun'],
  ['ending a run that is not', () => finishRun(workspace, { runId: 'run_x', status: 'failed' }), 'tracking/unknownRun'],
  [
    'a parameter that changes',
    (id) => logParams(workspace, { runId: id, params: { rounds: 9 } }),
    'tracking/paramChanged',
  ],
  [
    'another parameter under a known key',
    () => startRun(workspace, start({ params: { rounds: 9 } })),
    'tracking/paramChanged',
  ],
  [
    'a metric that is no number',
    (id) => logMetrics(workspace, { runId: id, metrics: { a: 1, loss: NaN } }),
    'tracking/badValue',
  ],
  ['an infinite parameter', (id) => logParams(workspace, { runId: id, params: { l2: Infinity } }), 'tracking/badValue'],
  ['an empty name', (id) => logMetrics(workspace, { runId: id, metrics: { ' ': 1 } }), 'tracking/badValue'],
  [
    'a name without end',
    (id) => logParams(workspace, { runId: id, params: { ['n'.repeat(251)]: 1 } }),
    'tracking/badValue',
  ],
  [
    'text without end',
    (id) => logParams(workspace, { runId: id, params: { sql: 'x'.repeat(6001) } }),
    'tracking/badValue',
  ],
])('%s is refused, and nothing half written', async (_, attempt, code) => {
  const before = await startRun(workspace, start())
  await expect(attempt(before.id)).rejects.toMatchObject({ code })
  expect(await run(workspace, before.id)).toMatchObject({ params: before.params, metrics: {} })
})
