import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  contentHash,
  seededIds,
  seededRandom,
  silentLog,
  virtualClock,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { openWorkspace } from '#test-workspace'
import { decisions } from '#governance'
import { migrations as governance } from '#governance/migrations'
import { sampleInput } from '../fixtures/sample-input.ts'
import { migrations } from '../migrations.ts'
import type { SystemInput } from '../schema.ts'
import { parseSystem } from '../validation/parse-system.ts'
import { applySystem } from './apply-system.ts'
import { currentSystem, listSystems, systemAt, systemVersions } from './system-versions.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apply-'))
  clock = virtualClock(1000)
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({
    folder,
    migrations: [...governance, ...migrations],
    clock,
    ids,
    log: silentLog,
    threads: 1,
  })
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

const application = (change: Partial<SystemInput> = {}) => ({
  spec: parseSystem({ ...sampleInput(), ...change }),
  baseFolder: '/systems',
  commit: 'c0ffee',
  dirty: true,
  actor: 'ana',
})

test('applySystem() gives back what the store holds', async () => {
  const version = await applySystem(workspace, application())
  expect(version).toEqual({
    system: 'flight-delay',
    number: 1,
    hash: contentHash(parseSystem(sampleInput())),
    spec: parseSystem(sampleInput()),
    baseFolder: '/systems',
    commit: 'c0ffee',
    dirty: true,
    appliedAtMs: 1000,
    appliedBy: 'ana',
  })
  expect(await currentSystem(workspace, 'flight-delay')).toEqual(version)
})

test('applySystem() of the same content adds nothing, however it is written', async () => {
  const first = await applySystem(workspace, application())
  clock.advanceTo(2000)
  const { spec } = application()
  const turned = Object.fromEntries(Object.entries(spec).reverse()) as typeof spec
  expect(await applySystem(workspace, { ...application(), spec: turned, commit: 'other', actor: 'bo' })).toEqual(first)
  expect(await systemVersions(workspace, 'flight-delay')).toHaveLength(1)
  expect(await decisions(workspace)).toHaveLength(1)
})

test('applySystem() counts versions up, also back to an earlier content and from another folder', async () => {
  await applySystem(workspace, application())
  await applySystem(workspace, application({ seed: 2 }))
  await applySystem(workspace, application())
  await applySystem(workspace, { ...application(), baseFolder: '/moved' })
  const versions = await systemVersions(workspace, 'flight-delay')
  expect(versions.map(({ number, spec, baseFolder }) => [number, spec.seed, baseFolder])).toEqual([
    [1, 1, '/systems'],
    [2, 2, '/systems'],
    [3, 1, '/systems'],
    [4, 1, '/moved'],
  ])
})

test('applySystem() called many times at once adds each content once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => applySystem(workspace, application())))
  expect(await systemVersions(workspace, 'flight-delay')).toHaveLength(1)
})

test('applySystem() records who applied what, and what it causes', async () => {
  await applySystem(workspace, application())
  await applySystem(workspace, application({ seed: 2 }))
  const [first, second] = await decisions(workspace, { kind: 'apply' })
  expect(first).toMatchObject({ subject: 'system version 1', ruling: 'applied first', actor: 'ana' })
  expect(second).toMatchObject({
    ruling: 'applied',
    evidence: {
      commit: 'c0ffee',
      dirty: true,
      effects: ['retrain', 're-release'],
      changes: [{ path: 'seed', from: 1, to: 2 }],
    },
  })
})

test('systemAt() is the version that the loop followed at a moment', async () => {
  await applySystem(workspace, application())
  clock.advanceTo(2000)
  await applySystem(workspace, application({ seed: 2 }))
  const numberAt = async (atMs: number) => (await systemAt(workspace, { system: 'flight-delay', atMs }))?.number
  expect([await numberAt(999), await numberAt(1000), await numberAt(1999), await numberAt(2000)]).toEqual([
    undefined,
    1,
    1,
    2,
  ])
})

test('listSystems() has the newest version of each', async () => {
  await applySystem(workspace, application({ name: 'taxi' }))
  await applySystem(workspace, application())
  await applySystem(workspace, application({ seed: 2 }))
  expect((await listSystems(workspace)).map(({ system, number }) => [system, number])).toEqual([
    ['flight-delay', 2],
    ['taxi', 1],
  ])
})

test('currentSystem() refuses a name that was never applied, and says which was likely meant', async () => {
  await expect(currentSystem(workspace, 'flights')).rejects.toThrow(
    "Cannot find the system 'flights': none has been applied yet",
  )
  await applySystem(workspace, application())
  await expect(currentSystem(workspace, 'flight-dealy')).rejects.toThrow("did you mean 'flight-delay'?")
  await expect(currentSystem(workspace, 'taxi')).rejects.toMatchObject({ code: 'system/unknownSystem', status: 404 })
})
