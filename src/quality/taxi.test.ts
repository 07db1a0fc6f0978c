import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pull, snapshotRelation } from '#ingress'
import { expect, test } from 'vitest'
import { checkOf, nowMs, openCheckedFolder, systemWith } from './fixtures/checked-folder.ts'
import { inspectSnapshot } from './inspect-snapshot.ts'
import { runChecks } from './run-checks.ts'

const data = resolve('../shared/data/nyc-taxi')
const isHere = existsSync(data)
const title = isHere ? '' : ` (skipped: there is no ${data})`
const trips = (path: string | string[]) => ({ trips: { kind: 'csv' as const, path, time: 'pickup_datetime' } })
const months = Array.from(
  { length: 36 },
  (_, month) => `${2018 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`,
)

test.skipIf(!isHere)(`runChecks() finds in three years of taxi trips what went wrong, and when${title}`, async () => {
  await using folder = await openCheckedFolder()
  const system = systemWith(data, { sources: trips('20??-??.csv'), checks: [] })
  const { snapshot, quarantined } = await pull(folder.workspace, { system, source: 'trips' })
  if (!snapshot) throw new Error('nothing was taken')
  expect({ rows: snapshot.rows, quarantined }).toEqual({ rows: 360_000, quarantined: 0 })
  expect(snapshot.changes).toEqual([
    { kind: 'filled', file: '2019-01.csv', column: 'congestion_surcharge', from: null, to: 'DOUBLE' },
  ])
  // Each file has 10,000 rows, and a snapshot keeps them in the order of its files.
  const relation = `(select *, ((row_number() over () - 1) // 10000)::integer as file from ${snapshotRelation(folder.workspace, [snapshot])})`
  const start = "timestamp '2018-01-01' + to_months(file)"
  const checks = [
    checkOf({ kind: 'between', column: 'fare_amount', min: 0, mostly: 0.99 }),
    checkOf({ kind: 'sql', name: 'dropped off after the pick-up', condition: 'dropoff_datetime >= pickup_datetime' }),
    checkOf({
      kind: 'sql',
      name: 'in its month',
      condition: `pickup_datetime >= ${start} and pickup_datetime < ${start} + to_months(1)`,
    }),
    checkOf({ kind: 'sql', name: 'went some way', condition: 'trip_distance <> 0' }),
    ...months.map((_, file) =>
      checkOf({ kind: 'not-null', column: 'congestion_surcharge', mostly: 0.9, where: `file = ${file}` }),
    ),
  ]
  const [negative, backwards, elsewhere, still, ...surcharge] = await runChecks(folder.workspace, {
    relation,
    checks,
    nowMs,
  })
  expect(negative).toMatchObject({ passed: true, failed: 833, rows: 360_000 })
  expect([backwards?.failed, elsewhere?.failed, still?.failed]).toEqual([136, 10, 4191])
  expect(elsewhere?.sample).toHaveLength(5)
  const nullShares = new Map(surcharge.map(({ share, passed }, file) => [months[file], { share, passed }]))
  for (const month of months) {
    const isKnown = month >= '2019-02'
    const share = month < '2019-01' ? 1 : month === '2019-01' ? 0.633 : 0
    expect([month, nullShares.get(month)?.passed]).toEqual([month, isKnown])
    expect(nullShares.get(month)?.share).toBeCloseTo(share, 3)
  }
})

test.skipIf(!isHere)(`inspectSnapshot() takes negative fares out of each month as it arrives${title}`, async () => {
  await using folder = await openCheckedFolder()
  const checks = [
    { kind: 'between' as const, column: 'fare_amount', min: 0, severity: 'quarantine' as const },
    { kind: 'not-null' as const, column: 'congestion_surcharge', mostly: 0.5, severity: 'stop' as const },
  ]
  const found: unknown[] = []
  for (const month of ['2018-12', '2019-01', '2019-02']) {
    const system = systemWith(data, { sources: trips(`${month}.csv`), checks })
    const { snapshot } = await pull(folder.workspace, { system, source: 'trips' })
    if (!snapshot) throw new Error('nothing was taken')
    const { kept, quarantined, stopped, relation } = await inspectSnapshot(folder.workspace, { system, snapshot })
    const [least] = await folder.workspace.lake.rows(`select min(fare_amount) as fare from ${relation}`)
    found.push({
      changes: snapshot.changes.map(({ kind }) => kind),
      sum: kept.rows + quarantined,
      isSplit: quarantined > 0,
      stopped,
      least,
    })
  }
  const common = { sum: 10_000, isSplit: true, least: { fare: 0 } }
  expect(found).toEqual([
    { ...common, changes: [], stopped: true },
    { ...common, changes: ['filled'], stopped: true },
    { ...common, changes: [], stopped: false },
  ])
})
