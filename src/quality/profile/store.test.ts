import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededIds, seededRandom, silentLog, virtualClock, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import { binningsOf, profilesOf, saveBinnings, saveProfiles, type Binning, type ColumnProfile } from '../index.ts'
import { migrations } from '../migrations.ts'

let folder: string
let workspace: Workspace
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quality-'))
  const clock = virtualClock(0)
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({ folder, migrations, clock, ids, log: silentLog, threads: 1 })
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

const flights = { system: 'flights', scope: 'source:flights' }
const edges = (column: string, ...edges: number[]): Binning => ({ column, kind: 'edges', edges })
const profile = (column: string, startMs: number, rows = 2): ColumnProfile => ({
  column,
  type: 'numeric',
  startMs,
  endMs: startMs + 10,
  rows,
  nulls: 1,
  binning: edges(column, 1),
  counts: [0, rows - 1],
  min: 1.5,
  max: 2.5,
  sum: 0.1 + 0.2,
  sumSquares: 1e300,
})

test('binningsOf() gives back what saveBinnings() kept, in its order', async () => {
  const binnings = [edges('z', 0.1, 1e-300), { column: 'a', kind: 'values' as const, values: ['x', 'é'] }]
  await saveBinnings(workspace, { ...flights, binnings })
  expect(await binningsOf(workspace, flights)).toEqual(binnings)
  expect(await binningsOf(workspace, { ...flights, scope: 'input' })).toEqual([])
})

test('saveBinnings() takes the place of what the scope had, and leaves other scopes and profiles alone', async () => {
  await saveBinnings(workspace, { ...flights, binnings: [edges('x', 1), edges('y', 1)] })
  await saveBinnings(workspace, { ...flights, scope: 'input', binnings: [edges('x', 1)] })
  await saveProfiles(workspace, { ...flights, profiles: [profile('x', 0)] })
  await saveBinnings(workspace, { ...flights, binnings: [edges('x', 2)] })
  expect(await binningsOf(workspace, flights)).toEqual([edges('x', 2)])
  expect(await binningsOf(workspace, { ...flights, scope: 'input' })).toEqual([edges('x', 1)])
  expect(await profilesOf(workspace, flights)).toEqual([profile('x', 0)])
})

test('profilesOf() gives back what saveProfiles() kept, by column and time', async () => {
  const kept = [profile('b', 10), profile('a', 20), profile('b', 0), profile('a', -10)]
  await saveProfiles(workspace, { ...flights, profiles: kept })
  expect(await profilesOf(workspace, flights)).toEqual([kept[3], kept[1], kept[2], kept[0]])
  expect(await profilesOf(workspace, { ...flights, scope: 'other' })).toEqual([])
  expect(await profilesOf(workspace, { ...flights, system: 'other' })).toEqual([])
})

test('profilesOf() keeps to a column and to the windows that lie within a span', async () => {
  const kept = [0, 10, 20, 30].flatMap((start) => [profile('a', start), profile('b', start)])
  await saveProfiles(workspace, { ...flights, profiles: kept })
  const found = await profilesOf(workspace, { ...flights, column: 'a', fromMs: 10, toMs: 30 })
  expect(found).toEqual([profile('a', 10), profile('a', 20)])
  expect(await profilesOf(workspace, { ...flights, fromMs: 30 })).toHaveLength(2)
})

test('saveProfiles() done again changes nothing, and a window profiled again takes the place of the one before', async () => {
  const profiles = [profile('a', 0), profile('a', 10)]
  await saveProfiles(workspace, { ...flights, profiles })
  await saveProfiles(workspace, { ...flights, profiles })
  expect(await profilesOf(workspace, flights)).toEqual(profiles)
  const late = { ...profile('a', 10, 50), binning: edges('a', 7) }
  await saveProfiles(workspace, { ...flights, profiles: [late] })
  expect(await profilesOf(workspace, flights)).toEqual([profiles[0], late])
})

test('saveProfiles() keeps many at once, and none keeps nothing', async () => {
  const profiles = Array.from({ length: 1201 }, (_, place) => profile('a', place * 10))
  await saveProfiles(workspace, { ...flights, profiles })
  await saveProfiles(workspace, { ...flights, profiles: [] })
  expect(await profilesOf(workspace, flights)).toEqual(profiles)
})
