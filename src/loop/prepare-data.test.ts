import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decisions } from '#governance'
import { snapshotsOf } from '#ingress'
import { lateParcels, openTinyLoop, type TinyLoop } from './fixtures/tiny-loop.ts'
import { prepareData } from './prepare-data.ts'
import { atOnce } from './schema.ts'

let loop: TinyLoop
beforeEach(async () => {
  loop = await openTinyLoop(3)
})
afterEach(() => loop.close())

test('prepareData() takes each row once, whatever was taken before', async () => {
  const system = await loop.apply(lateParcels())
  await loop.writeParcels(2)
  const first = await prepareData(loop.workspace, { system, step: atOnce })
  await loop.writeParcels(3)
  const second = await prepareData(loop.workspace, { system, step: atOnce })
  expect([first.pulledRows, first.dataset.rows, second.pulledRows, second.dataset.rows]).toEqual([200, 200, 100, 300])
  expect(second.findings).toEqual([])
})

test('prepareData() leaves out rows that break a check of severity quarantine, and says so once', async () => {
  const system = await loop.apply(
    lateParcels({ checks: [{ kind: 'between', column: 'weight', max: 6, severity: 'quarantine' }] }),
  )
  await loop.writeParcels(2)
  const { dataset, findings } = await prepareData(loop.workspace, { system, step: atOnce })
  await prepareData(loop.workspace, { system, step: atOnce })
  // One weight in seven is 7.
  expect(dataset.rows).toBe(200 - 28)
  expect(findings).toHaveLength(1)
  expect(await decisions(loop.workspace, { system: 'parcels', kind: 'quality' })).toMatchObject([
    { ruling: '1 of 1 checks failed', evidence: [{ failed: 28, rows: 200 }] },
  ])
})

test('prepareData() stops at a failed check of severity stop, with its evidence', async () => {
  const system = await loop.apply(
    lateParcels({ checks: [{ kind: 'between', column: 'weight', max: 6, severity: 'stop' }] }),
  )
  await loop.writeParcels(2)
  await expect(prepareData(loop.workspace, { system, step: atOnce })).rejects.toMatchObject({
    code: 'loop/stoppedByCheck',
    status: 422,
    details: { source: 'parcels', checks: [{ failed: 28, rows: 200 }] },
  })
  expect(await decisions(loop.workspace, { system: 'parcels', kind: 'quality' })).toMatchObject([
    { ruling: 'the loop stops' },
  ])
})

test('prepareData() goes on when the file that stopped it was replaced, without its rows', async () => {
  const file = join(loop.folder, 'parcels.csv')
  const system = await loop.apply(
    lateParcels({
      sources: { parcels: { kind: 'csv', path: 'parcels.csv', time: 'sent' } },
      checks: [{ kind: 'between', column: 'weight', max: 6, severity: 'stop' }],
    }),
  )
  const rows = (weight: number): string =>
    Array.from(
      { length: 40 },
      (_, i) => `2001-01-01 10:${10 + i}:00,${i},air,${weight},${i % 2 ? 'late' : 'well'}\n`,
    ).join('')
  await writeFile(file, `sent,parcel,way,weight,how\n${rows(7)}`)
  await expect(prepareData(loop.workspace, { system, step: atOnce })).rejects.toMatchObject({
    code: 'loop/stoppedByCheck',
  })
  await writeFile(file, `sent,parcel,way,weight,how\n${rows(5)}`)
  const { dataset, findings } = await prepareData(loop.workspace, { system, step: atOnce })
  expect([dataset.rows, findings]).toEqual([40, []])
})

test('prepareData() says which columns came and went', async () => {
  const system = await loop.apply(
    lateParcels({ sources: { parcels: { kind: 'csv', path: 'parcels-*.csv', time: 'sent' } }, checks: [] }),
  )
  const write = (name: string, columns: string, more: string): Promise<void> =>
    writeFile(
      join(loop.folder, `parcels-${name}.csv`),
      `sent,parcel,way,weight,how,${columns}\n${Array.from({ length: 40 }, (_, i) => `2001-01-0${name} 10:${10 + i}:00,${i},air,3,${i % 2 ? 'late' : 'well'},${more}\n`).join('')}`,
    )
  await write('1', 'zone,fee', 'a,')
  await write('2', 'fee,stamp', '2,9')
  const { findings } = await prepareData(loop.workspace, { system, step: atOnce })
  expect([...findings].sort()).toEqual([
    'fee has its first values in parcels-2.csv',
    'stamp appeared in parcels-2.csv',
    'zone vanished from parcels-2.csv',
  ])
  expect(await decisions(loop.workspace, { system: 'parcels', kind: 'quality' })).toHaveLength(1)
})

test('prepareData() refuses a source whose rows all lie in the future, and takes them where it may', async () => {
  const system = await loop.apply(lateParcels())
  await loop.writeParcels(2)
  await expect(prepareData(loop.workspace, { system, step: atOnce, untilMs: 0 })).rejects.toMatchObject({
    code: 'loop/nothingPulled',
  })
  expect(await snapshotsOf(loop.workspace, { system: 'parcels', source: 'parcels' })).toEqual([])
  expect(await prepareData(loop.workspace, { system, step: atOnce, untilMs: 8.64e15 })).toMatchObject({
    pulledRows: 200,
  })
})
