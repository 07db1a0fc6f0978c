import { pull } from '#ingress'
import type { SystemInput } from '#system'
import { expect, test } from 'vitest'
import { openCheckedFolder, systemWith, type CheckedFolder } from './fixtures/checked-folder.ts'
import { inspectSnapshot, inspectionsOf, quarantined, readQuarantined } from './index.ts'

const csv = 'id,fare,payment\n1,5,card\n2,-1,cash\n3,7,\n1,8,card\n4,-2,\n1,9,card\n'

async function inspect(folder: CheckedFolder, checks: SystemInput['checks']) {
  await folder.write('a.csv', csv)
  const system = systemWith(folder.folder, { sources: { trips: { kind: 'csv', path: 'a.csv' } }, checks })
  const { snapshot } = await pull(folder.workspace, { system, source: 'trips' })
  if (!snapshot) throw new Error('nothing was taken')
  return { system, snapshot, inspection: await inspectSnapshot(folder.workspace, { system, snapshot }) }
}

test('inspectSnapshot() takes out the rows that break a check of the severity quarantine, with the reasons', async () => {
  await using folder = await openCheckedFolder()
  const { snapshot, inspection } = await inspect(folder, [
    { kind: 'between', column: 'fare', min: 0, severity: 'quarantine', mostly: 0.5 },
    { kind: 'not-null', column: 'payment', severity: 'quarantine' },
    { kind: 'unique', columns: ['id'], severity: 'quarantine' },
    { kind: 'not-null', column: 'id', severity: 'stop' },
    { kind: 'row-count', min: 100 },
  ])
  expect(inspection.results.map(({ passed, failed }) => [passed, failed])).toEqual([
    [true, 2],
    [false, 2],
    [false, 2],
    [true, 0],
    [false, 0],
  ])
  expect(inspection).toMatchObject({ stopped: false, quarantined: 5 })
  expect(await folder.workspace.lake.rows(`select * from ${inspection.relation}`)).toEqual([
    { id: 1, fare: 5, payment: 'card' },
  ])
  expect(inspection.kept).toMatchObject({
    id: snapshot.id,
    rows: 1,
    columns: [{ nulls: 0 }, { nulls: 0 }, { name: 'payment', nulls: 0 }],
  })
  expect(snapshot.columns[2]?.nulls).toBe(2)
  const [record] = await quarantined(folder.workspace, { system: 'taxi', source: 'trips' })
  expect(record).toMatchObject({
    snapshot: snapshot.id,
    rows: 5,
    reasons: { 'fare at least 0, for 50 % of rows': 2, 'payment not null': 2, 'id unique': 2 },
  })
  const rows = await readQuarantined(folder.workspace, { id: record?.id ?? '' })
  expect(rows.map(({ reasons, row }) => [row['id'], row['fare'], reasons])).toEqual([
    [2, -1, ['fare at least 0, for 50 % of rows']],
    [3, 7, ['payment not null']],
    [1, 8, ['id unique']],
    [4, -2, ['fare at least 0, for 50 % of rows', 'payment not null']],
    [1, 9, ['id unique']],
  ])
  await expect(readQuarantined(folder.workspace, { id: 'quar_x' })).rejects.toMatchObject({
    code: 'quality/unknownQuarantine',
  })
})

test('inspectSnapshot() leaves a snapshot alone when no row is taken out, and stops on a failed stop', async () => {
  await using folder = await openCheckedFolder()
  const { snapshot, inspection } = await inspect(folder, [
    { kind: 'between', column: 'fare', min: -9, severity: 'quarantine' },
    { kind: 'not-null', column: 'payment', severity: 'stop' },
  ])
  expect(inspection).toMatchObject({ stopped: true, quarantined: 0, kept: snapshot })
  expect(await quarantined(folder.workspace, { system: 'taxi' })).toEqual([])
})

test('inspectSnapshot() answers from the record when it is asked again, and anew when the checks differ', async () => {
  await using folder = await openCheckedFolder()
  const { system, snapshot, inspection } = await inspect(folder, [
    { kind: 'between', column: 'fare', min: 0, severity: 'quarantine' },
  ])
  const again = await Promise.all([1, 2].map(() => inspectSnapshot(folder.workspace, { system, snapshot, nowMs: 0 })))
  expect(again).toEqual([inspection, inspection])
  expect(await quarantined(folder.workspace, { system: 'taxi' })).toHaveLength(1)
  const other = { ...system, spec: { ...system.spec, checks: [] } }
  expect(await inspectSnapshot(folder.workspace, { system: other, snapshot })).toMatchObject({
    results: [],
    kept: snapshot,
  })
  expect(await inspectionsOf(folder.workspace, { system: 'taxi' })).toHaveLength(2)
})

test('inspectSnapshot() keeps no row when every one is taken out', async () => {
  await using folder = await openCheckedFolder()
  const { inspection } = await inspect(folder, [{ kind: 'between', column: 'fare', min: 100, severity: 'quarantine' }])
  expect(inspection).toMatchObject({ quarantined: 6, kept: { rows: 0 } })
  expect(await folder.workspace.lake.rows(`select * from ${inspection.relation}`)).toEqual([])
})

test('inspectSnapshot() asks a source for its own checks, and refuses one that could be of several', async () => {
  await using folder = await openCheckedFolder()
  await folder.write('a.csv', csv)
  const sources: SystemInput['sources'] = {
    trips: { kind: 'csv', path: 'a.csv' },
    zones: { kind: 'csv', path: 'a.csv' },
  }
  const system = systemWith(folder.folder, { sources, checks: [{ kind: 'row-count', min: 9, source: 'zones' }] })
  const { snapshot } = await pull(folder.workspace, { system, source: 'trips' })
  if (!snapshot) throw new Error('nothing was taken')
  expect((await inspectSnapshot(folder.workspace, { system, snapshot })).results).toEqual([])
  const vague = systemWith(folder.folder, { sources, checks: [{ kind: 'row-count', min: 9 }] })
  await expect(inspectSnapshot(folder.workspace, { system: vague, snapshot })).rejects.toMatchObject({
    code: 'quality/badCheck',
    message: "Cannot check 'row count at least 9': it names no source, and the system has several",
  })
})
