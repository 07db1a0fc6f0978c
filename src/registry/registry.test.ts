import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Evaluation } from '#evaluation'
import { migrations as governance } from '#governance/migrations'
import { declareInputs, declarePrediction, GraphBuilder, type Signature } from '#model'
import { seededIds, seededRandom, silentLog, virtualClock, type VirtualClock, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import { applySystem, parseSystem } from '#system'
import { migrations as system } from '#system/migrations'
import { finishRun, startRun } from '#tracking'
import { migrations as tracking } from '#tracking/migrations'
import {
  aliasAt,
  aliasHistory,
  championAt,
  modelCard,
  modelVersion,
  registerVersion,
  setAlias,
  setVersionState,
  stateHistory,
  versionNumbered,
  versionOfRun,
  versionsOf,
  type Registration,
} from './index.ts'
import { migrations } from './migrations.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace
let onnxDigest: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-'))
  clock = virtualClock(1000)
  const all = [...governance, ...system, ...tracking, ...migrations]
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({ folder, migrations: all, clock, ids, log: silentLog, threads: 1 })
  onnxDigest = await workspace.blobs.put(modelFile())
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

const signature: Signature = { task: 'regression', inputs: [{ name: 'distance', type: 'numeric' }], classes: [] }

function modelFile(): Uint8Array {
  const graph = new GraphBuilder('as it is')
  declareInputs(graph, signature.inputs)
  declarePrediction(graph, graph.node('Identity', ['distance']))
  return graph.build({ signature })
}

const evaluation: Evaluation = {
  task: 'regression',
  rows: 500,
  primary: { name: 'mae', better: 'lower', value: 1.23456, low: 1.1, high: 1.4 },
  metrics: { mae: { value: 1.23456, low: 1.1, high: 1.4 }, rmse: { value: 2, low: 1.9, high: 2.2 } },
  per: 1000,
  currency: null,
  threshold: null,
  calibration: [],
  confusion: [],
  slices: [
    { column: 'origin', group: 'A|B', rows: 120, value: 2, low: 1.8, high: 2.2, worse: true },
    { column: 'origin', group: null, rows: 130, value: 1, low: 0.8, high: 1.2, worse: false },
  ],
  resamples: 200,
}

const registration = (runId: string, change: Partial<Registration> = {}): Registration => ({
  system: 'taxi',
  runId,
  candidate: 'boosted-trees',
  onnxDigest,
  evaluation,
  lineage: { systemHash: 'a', datasetDigest: 'd'.repeat(64), snapshots: ['s1'], runId, commit: 'c0ffee', dirty: true },
  ...change,
})
const three = async (): Promise<readonly [string, string, string]> => {
  const ids: string[] = []
  for (const runId of ['r1', 'r2', 'r3']) ids.push((await registerVersion(workspace, registration(runId))).id)
  return ids as [string, string, string]
}
const champion = (versionId: string | null, key?: string) =>
  setAlias(workspace, {
    system: 'taxi',
    alias: 'champion',
    versionId,
    actor: 'loop',
    reason: 'canary',
    ...(key ? { key } : {}),
  })

test('registerVersion() gives back what the store holds, with the signature of the file', async () => {
  const version = await registerVersion(workspace, registration('r1'))
  expect(version).toEqual({
    id: version.id,
    ...registration('r1'),
    number: 1,
    partition: null,
    signature,
    threshold: null,
    gates: [],
    state: 'registered',
    registeredAtMs: 1000,
  })
  expect(await modelVersion(workspace, version.id)).toEqual(version)
  expect(await versionNumbered(workspace, { system: 'taxi', number: 1 })).toEqual(version)
  expect(await versionOfRun(workspace, 'r1')).toEqual(version)
})

test('registerVersion() counts up by system, and once by run', async () => {
  await three()
  const again = await registerVersion(workspace, registration('r2'))
  const other = await registerVersion(workspace, registration('r9', { system: 'flights' }))
  expect([again.number, other.number]).toEqual([2, 1])
  expect((await versionsOf(workspace, 'taxi')).map(({ number }) => number)).toEqual([3, 2, 1])
})

test('registerVersion() called many times at once leaves no gap and no double', async () => {
  await Promise.all(Array.from({ length: 12 }, (_, place) => registerVersion(workspace, registration(`r${place % 6}`))))
  expect((await versionsOf(workspace, 'taxi')).map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1])
})

test.each<[string, Partial<Registration>, string]>([
  ['without an evaluation', { evaluation: undefined as never }, 'registry/noEvaluation'],
  ['judged on no rows', { evaluation: { ...evaluation, rows: 0 } }, 'registry/noEvaluation'],
  ['without a metric', { evaluation: { ...evaluation, metrics: {} } }, 'registry/noEvaluation'],
  ['whose file is not there', { onnxDigest: 'f'.repeat(64) }, 'registry/missingModel'],
  ['with the evaluation of another task', { evaluation: { ...evaluation, task: 'binary' } }, 'registry/taskMismatch'],
])('registerVersion() refuses a model %s', async (_, change, code) => {
  await expect(registerVersion(workspace, registration('r1', change))).rejects.toMatchObject({ code })
  expect(await versionsOf(workspace, 'taxi')).toEqual([])
})

test('registerVersion() refuses bytes that are no model', async () => {
  const digest = await workspace.blobs.put('not a model')
  const attempt = registerVersion(workspace, registration('r1', { onnxDigest: digest }))
  await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/^model\//) })
})

test('championAt() answers what was in production at a moment', async () => {
  const [one, two] = await three()
  clock.advanceTo(2000)
  await champion(one)
  clock.advanceTo(3000)
  await champion(two)
  await champion(one)
  clock.advanceTo(4000)
  await champion(null)
  const numberAt = async (atMs: number) => (await championAt(workspace, 'taxi', atMs))?.number ?? null
  expect(await Promise.all([1999, 2000, 2999, 3000, 3999, 4000].map(numberAt))).toEqual([null, 1, 1, 1, 1, null])
  expect(await aliasAt(workspace, { system: 'taxi', alias: 'challenger', atMs: 9999 })).toBeNull()
})

test('aliasHistory() says who gave the name to which version, when, from which and why', async () => {
  const [one, two] = await three()
  await champion(one)
  clock.advanceTo(2000)
  await champion(two)
  expect(await aliasHistory(workspace, 'taxi')).toEqual([
    { alias: 'champion', versionId: one, number: 1, fromNumber: null, atMs: 1000, actor: 'loop', reason: 'canary' },
    { alias: 'champion', versionId: two, number: 2, fromNumber: 1, atMs: 2000, actor: 'loop', reason: 'canary' },
  ])
})

test('setAlias() takes away no name that nobody ever bore', async () => {
  await champion(null)
  expect(await aliasHistory(workspace, 'taxi')).toEqual([])
})

test('setAlias() of a known key, or to the version that bears it, changes nothing', async () => {
  const [one, two] = await three()
  const first = await champion(one, 'release/1')
  await champion(two, 'release/2')
  expect(await champion(one, 'release/1')).toEqual(first)
  await champion(two)
  expect((await aliasHistory(workspace, 'taxi')).map(({ number }) => number)).toEqual([1, 2])
})

test('setVersionState() lays a version aside and takes it back, each with its reason', async () => {
  const [one] = await three()
  const change = { versionId: one, actor: 'ana', reason: 'unfair to Queens' }
  expect((await setVersionState(workspace, { ...change, state: 'rejected' })).state).toBe('rejected')
  await setVersionState(workspace, { ...change, state: 'rejected' })
  await expect(champion(one)).rejects.toMatchObject({ code: 'registry/notServable' })
  await setVersionState(workspace, { ...change, state: 'registered', reason: 'mended' })
  expect((await stateHistory(workspace, one)).map(({ state, reason }) => [state, reason])).toEqual([
    ['registered', 'run r1'],
    ['rejected', 'unfair to Queens'],
    ['registered', 'mended'],
  ])
  await champion(one)
  await expect(setVersionState(workspace, { ...change, state: 'archived' })).rejects.toMatchObject({
    code: 'registry/inService',
  })
})

test.each<[string, () => Promise<unknown>]>([
  ['an id that is not', () => modelVersion(workspace, 'version_x')],
  ['a number that is not', () => versionNumbered(workspace, { system: 'taxi', number: 9 })],
  [
    'the state of what is not',
    () => setVersionState(workspace, { versionId: 'x', state: 'archived', actor: 'a', reason: 'r' }),
  ],
  ['a name for what is not', () => champion('version_x')],
  ['the card of what is not', () => modelCard(workspace, 'version_x')],
])('the registry does not know %s', async (_, attempt) => {
  await three()
  await expect(attempt()).rejects.toMatchObject({ code: 'registry/unknownVersion', status: 404 })
})

test('setAlias() refuses the version of another system', async () => {
  const [one] = await three()
  const attempt = setAlias(workspace, { system: 'flights', alias: 'champion', versionId: one, actor: 'a', reason: 'r' })
  await expect(attempt).rejects.toMatchObject({ code: 'registry/unknownVersion' })
})

test('modelCard() is made of what is recorded, and says what is not', async () => {
  const bare = await registerVersion(
    workspace,
    registration('r1', { lineage: { systemHash: 'a', datasetDigest: 'd', runId: 'r1', commit: null } }),
  )
  const card = await modelCard(workspace, bare.id)
  for (const line of [
    '# taxi, version 1',
    '| **mae** | 1.235 | 1.1 to 1.4 |',
    '| `origin` = A\\|B | 120 | 2 (1.8 to 2.2) | worse |',
    '| `origin` = missing | 130 | 1 (0.8 to 1.2) |  |',
    '- 1 of 2 slices are worse than the whole, beyond their intervals',
    '- the code was under no version control',
    '- the run is not recorded',
    '- the system version is not recorded',
    '- 1970-01-01T00:00:01Z registered by loop: run r1',
  ])
    expect(card.split('\n')).toContain(line)
})

test('modelCard() of a version with run, system and service says their facts', async () => {
  const applied = await applySystem(workspace, {
    spec: taxi(),
    baseFolder: '/',
    commit: null,
    dirty: false,
    actor: 'ana',
  })
  const run = await startRun(workspace, {
    system: 'taxi',
    name: 'small trees',
    kind: 'boosted-trees',
    key: 'k',
    systemHash: applied.hash,
    dataHash: 'd',
    commit: 'c0ffee',
    dirty: true,
    seed: 7,
    params: { rounds: 50 },
  })
  await finishRun(workspace, { runId: run.id, status: 'finished', facts: { rows: 4000 } })
  const { id } = await registerVersion(
    workspace,
    registration(run.id, {
      lineage: { systemHash: applied.hash, datasetDigest: 'd', runId: run.id, commit: 'c0ffee', dirty: true },
      gates: [{ gate: { kind: 'beats', what: 'mean' }, passed: true, why: 'trees beat mean by 2', facts: {} }],
    }),
  )
  clock.advanceTo(5000)
  await champion(id)
  const card = await modelCard(workspace, id)
  for (const line of [
    'Passengers know the fare. It serves complaints (per 1000 rides), owned by desk.',
    '- rows: 4000',
    '- passed: trees beat mean by 2',
    '- the code had changes that its commit does not hold',
    `- run \`${run.id}\`, seed 7, trainer boosted-trees`,
    `- system version 1, \`${applied.hash}\``,
    '- rounds = 50',
    '- 1970-01-01T00:00:05Z became champion, by loop: canary',
  ])
    expect(card.split('\n')).toContain(line)
})

const taxi = () =>
  parseSystem({
    name: 'taxi',
    objective: {
      statement: 'Passengers know the fare',
      owner: 'desk',
      metric: 'complaints',
      unit: 'per 1000 rides',
      direction: 'down',
      target: -0.1,
      by: '2020-12-31',
    },
    framing: { task: 'regression', target: 'fare' },
    sources: { rides: { kind: 'csv', path: 'rides.csv' } },
    dataset: { sql: 'select * from rides' },
    candidates: [{ kind: 'mean' }],
    evaluation: { split: { kind: 'random' }, primary: 'mae' },
  })
