import { sql } from 'kysely'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededIds, seededRandom, silentLog, virtualClock, type VirtualClock, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import { decisions, recordDecision, verifyDecisionLog, type DecisionEntry } from './index.ts'
import { migrations } from './migrations.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace

const openOne = async (seed: number): Promise<Workspace> => {
  clock = virtualClock(1000)
  return openWorkspace({
    folder,
    migrations,
    clock,
    ids: seededIds(clock, seededRandom(seed)),
    log: silentLog,
    threads: 1,
  })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'governance-'))
  workspace = await openOne(1)
})

afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

const entry = (key: string, more: Partial<DecisionEntry> = {}): DecisionEntry => ({
  system: 'flight-delay',
  kind: 'gate',
  subject: 'version 2',
  ruling: 'passed',
  policy: 'beats(champion)',
  actor: 'loop',
  evidence: { cost: 81.5, champion: 92, low: undefined },
  key,
  ...more,
})

test('recordDecision() gives back what the log holds', async () => {
  const made = await recordDecision(workspace, entry('gate/1'))
  expect(await decisions(workspace)).toEqual([made])
  expect(made).toMatchObject({
    sequence: 1,
    atMs: 1000,
    previousHash: '0'.repeat(64),
    evidence: { cost: 81.5, champion: 92 },
  })
})

test('recordDecision() with a known key changes nothing and returns the first ruling', async () => {
  const first = await recordDecision(workspace, entry('gate/1'))
  clock.advanceTo(2000)
  expect(await recordDecision(workspace, entry('gate/1', { ruling: 'failed' }))).toEqual(first)
  expect(await decisions(workspace)).toHaveLength(1)
})

test('recordDecision() called many times at once leaves one unbroken chain', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, place) => recordDecision(workspace, entry(`gate/${place % 10}`))))
  expect(await verifyDecisionLog(workspace)).toMatchObject({ whole: true, decisions: 10 })
})

test('recordDecision() of two open stores on one folder leaves one unbroken chain', async () => {
  const other = await openOne(2)
  for (let place = 0; place < 5; place++) {
    await recordDecision(workspace, entry(`a/${place}`))
    await recordDecision(other, entry(`b/${place}`, { evidence: place }))
  }
  await other.close()
  expect(await verifyDecisionLog(workspace)).toMatchObject({ whole: true, decisions: 10 })
})

test('recordDecision() refuses evidence that JSON cannot hold', async () => {
  await expect(recordDecision(workspace, entry('gate/1', { evidence: NaN }))).rejects.toThrow(TypeError)
  expect(await decisions(workspace)).toEqual([])
})

test('decisions() are those of the system, kind and span that were asked for', async () => {
  await recordDecision(workspace, entry('1', { kind: 'apply' }))
  clock.advanceTo(2000)
  await recordDecision(workspace, entry('2', { kind: 'release' }))
  await recordDecision(workspace, entry('3', { system: 'taxi' }))
  const keys = async (filter: Parameters<typeof decisions>[1]) =>
    (await decisions(workspace, filter)).map((decision) => decision.key)
  expect(await keys({ system: 'taxi' })).toEqual(['3'])
  expect(await keys({ kind: 'release' })).toEqual(['2'])
  expect(await keys({ kind: ['apply', 'gate'] })).toEqual(['1', '3'])
  expect(await keys({ fromMs: 1000, toMs: 2000 })).toEqual(['1'])
  expect(await keys({ limit: 2 })).toEqual(['1', '2'])
})

test('verifyDecisionLog() is whole and empty before the first decision', async () => {
  expect(await verifyDecisionLog(workspace)).toEqual({ whole: true, decisions: 0, head: '0'.repeat(64) })
})

test.each([
  ['changed evidence', `update governance_decisions set evidence = '{"cost":1}' where sequence = 2`, 2],
  ['a changed moment', 'update governance_decisions set at_ms = 1 where sequence = 3', 3],
  ['a removed decision', 'delete from governance_decisions where sequence = 2', 2],
  ['a decision that was hashed again on its own', "update governance_decisions set hash = 'x' where sequence = 1", 1],
])('verifyDecisionLog() shows %s', async (_, tampering, sequence) => {
  for (const key of ['1', '2', '3']) await recordDecision(workspace, entry(key))
  await sql.raw(tampering).execute(workspace.database)
  expect(await verifyDecisionLog(workspace)).toMatchObject({ whole: false, sequence })
})
