import { appendFile, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSourceFolder, startMs } from './fixtures/source-folder.ts'
import { pull, quarantineOf, snapshotRelation, snapshotsOf } from './index.ts'

const header = 'id,name,fare,at\n'
const rowsOf = async (folder: Awaited<ReturnType<typeof openSourceFolder>>) => {
  const snapshots = await snapshotsOf(folder.workspace, { system: 'taxi', source: 'trips' })
  return folder.workspace.lake.rows(`select * from ${snapshotRelation(folder.workspace, snapshots)}`)
}

test('pull() keeps typed rows in source order, with their schema, files and time range', async () => {
  await using folder = await openSourceFolder()
  await folder.write('b.csv', `${header}3,carol,1,2020-01-03 00:00:00\n`)
  await folder.write('a.csv', `${header}1,"ann, the ""1st""",2.5,2020-01-01 00:00:00\n2,,-1,2020-01-02 12:30:00\n`)
  const system = folder.system({ kind: 'csv', path: '*.csv', time: 'at' })
  const { snapshot, ...rest } = await pull(folder.workspace, { system, source: 'trips' })
  expect(rest).toEqual({ files: 2, skipped: 0, quarantined: 0, withoutTime: 0 })
  expect(snapshot).toMatchObject({
    system: 'taxi',
    source: 'trips',
    number: 1,
    rows: 3,
    minTimeMs: Date.parse('2020-01-01T00:00:00Z'),
    maxTimeMs: Date.parse('2020-01-03T00:00:00Z'),
    pulledAtMs: startMs,
    changes: [{ kind: 'widened', file: 'b.csv' }].slice(1),
    columns: [
      { name: 'id', type: 'BIGINT', nulls: 0 },
      { name: 'name', type: 'VARCHAR', nulls: 1 },
      { name: 'fare', type: 'DOUBLE', nulls: 0 },
      { name: 'at', type: 'TIMESTAMP', nulls: 0 },
    ],
  })
  expect(snapshot?.files.map((file) => file.path)).toEqual(['a.csv', 'b.csv'])
  expect(await rowsOf(folder)).toEqual([
    { id: 1, name: 'ann, the "1st"', fare: 2.5, at: '2020-01-01T00:00:00.000Z' },
    { id: 2, name: null, fare: -1, at: '2020-01-02T12:30:00.000Z' },
    { id: 3, name: 'carol', fare: 1, at: '2020-01-03T00:00:00.000Z' },
  ])
})

test('pull() takes a file once, also when it is touched, renamed or copied', async () => {
  await using folder = await openSourceFolder()
  const first = await folder.write('a.csv', `${header}1,ann,2,2020-01-01\n`)
  const system = folder.system({ kind: 'csv', path: '*.csv' })
  const take = () => pull(folder.workspace, { system, source: 'trips' })
  expect((await take()).snapshot?.rows).toBe(1)
  expect(await take()).toEqual({ snapshot: null, files: 0, skipped: 1, quarantined: 0, withoutTime: 0 })
  await utimes(first, 1, 1)
  await folder.write('copy.csv', `${header}1,ann,2,2020-01-01\n`)
  expect((await take()).snapshot).toBeNull()
  await rename(first, join(folder.folder, 'c.csv'))
  expect((await take()).snapshot).toBeNull()
  await folder.write('d.csv', `${header}2,bob,3,2020-01-02\n`)
  expect((await take()).snapshot).toMatchObject({ number: 2, rows: 1, files: [{ path: 'd.csv' }] })
  expect(await rowsOf(folder)).toHaveLength(2)
})

test('pull() takes of a CSV file that has grown what was added, and counts its lines on', async () => {
  await using folder = await openSourceFolder()
  const file = await folder.write('a.csv', `${header}1,"ann\nlee",2,2020-01-01\n`)
  const system = folder.system({ kind: 'csv', path: 'a.csv' })
  await pull(folder.workspace, { system, source: 'trips' })
  await appendFile(file, '2,bob,3,2020-01-02\nbroken\n3,carol,4,2020-01-03\n')
  const { snapshot, quarantined } = await pull(folder.workspace, { system, source: 'trips' })
  expect(snapshot).toMatchObject({ number: 2, rows: 2, changes: [] })
  expect(quarantined).toBe(1)
  expect((await rowsOf(folder)).map((row) => row['id'])).toEqual([1, 2, 3])
  expect(await quarantineOf(folder.workspace, { system: 'taxi', source: 'trips' })).toEqual([
    {
      source: 'trips',
      snapshot: snapshot?.id,
      file: 'a.csv',
      line: 5,
      columns: [],
      reason: '1 fields where the header has 4',
      text: 'broken',
    },
  ])
})

test('pull() quarantines the rest of a row that was taken before its line had ended', async () => {
  await using folder = await openSourceFolder()
  const file = await folder.write('a.ndjson', '{"id":1}\n{"id":2}')
  const system = folder.system({ kind: 'ndjson', path: 'a.ndjson' })
  await pull(folder.workspace, { system, source: 'trips' })
  await appendFile(file, '34}\n{"id":3}\n')
  await pull(folder.workspace, { system, source: 'trips' })
  expect((await rowsOf(folder)).map((row) => row['id'])).toEqual([1, 2, 3])
  expect(await quarantineOf(folder.workspace, { system: 'taxi', source: 'trips' })).toMatchObject([
    { line: 2, text: '34}', reason: 'continues a row that was taken before its line had ended' },
  ])
})

test('pull() takes a file with other content than before as new, and says so', async () => {
  await using folder = await openSourceFolder()
  const file = await folder.write('a.csv', `${header}1,ann,2,2020-01-01\n`)
  const system = folder.system({ kind: 'csv', path: 'a.csv' })
  await pull(folder.workspace, { system, source: 'trips' })
  await writeFile(file, `${header}7,zoe,2,2020-01-09\n`)
  const { snapshot } = await pull(folder.workspace, { system, source: 'trips' })
  expect(snapshot?.changes).toEqual([{ kind: 'replaced', file: 'a.csv', column: null, from: null, to: null }])
  expect((await rowsOf(folder)).map((row) => row['id'])).toEqual([1, 7])
})

test('pull() by time takes rows later than the last pull and not later than now, each once', async () => {
  await using folder = await openSourceFolder()
  const rows = [1, 2, 3, 4].map((day) => `${day},x,1,2020-01-0${day} 00:00:00\n`)
  const file = await folder.write('a.csv', `${header}${rows.join('')}bad\n9,no time,1,\n`)
  const system = folder.system({ kind: 'csv', path: 'a.csv', time: 'at', cursor: 'time' })
  const take = (day: string) =>
    pull(folder.workspace, { system, source: 'trips', nowMs: Date.parse(`2020-01-${day}T00:00:00Z`) })
  expect(await take('02')).toMatchObject({ snapshot: { rows: 2 }, quarantined: 1, withoutTime: 1 })
  await appendFile(file, '5,x,1,2020-01-05 00:00:00\n')
  expect(await take('03')).toMatchObject({ snapshot: { rows: 1 }, quarantined: 0 })
  expect((await take('03')).snapshot).toBeNull()
  expect((await take('09')).snapshot?.rows).toBe(2)
  expect((await rowsOf(folder)).map((row) => row['id'])).toEqual([1, 2, 3, 4, 5])
})

test('pull() by time takes the rest of an unchanged file when its moments have come', async () => {
  await using folder = await openSourceFolder()
  await folder.write(
    'a.ndjson',
    '{"id":1,"at":"2020-01-01T00:00:00.000001Z"}\n{"id":2,"at":"2020-01-01T00:00:00.000002Z"}\n',
  )
  const system = folder.system({ kind: 'ndjson', path: 'a.ndjson', time: 'at', cursor: 'time' })
  const take = (at: string) => pull(folder.workspace, { system, source: 'trips', nowMs: Date.parse(at) })
  expect((await take('2019-12-31T00:00:00Z')).snapshot).toBeNull()
  expect((await take('2020-01-01T00:00:00.001Z')).snapshot?.rows).toBe(2)
  expect((await take('2020-01-02T00:00:00Z')).snapshot).toBeNull()
})

test('pull() keeps a lone Parquet file byte for byte', async () => {
  await using folder = await openSourceFolder()
  const path = join(folder.folder, 'a.parquet')
  await folder.workspace.lake.run(
    `copy (select range as id, 'n' || range as name from range(1000)) to '${path}' (format parquet)`,
  )
  const system = folder.system({ kind: 'parquet', path: 'a.parquet' })
  const { snapshot } = await pull(folder.workspace, { system, source: 'trips' })
  expect(snapshot).toMatchObject({ rows: 1000, digest: snapshot?.files[0]?.digest })
})

test('pull() joins files in their order, however many threads read them', async () => {
  await using folder = await openSourceFolder({ threads: 8 })
  for (let file = 10; file < 22; file++) {
    const rows = Array.from({ length: 3000 }, (_, row) => `${file * 3000 + row},x,1,2020-01-01\n`)
    await folder.write(`part-${file}.csv`, header + rows.join(''))
  }
  const system = folder.system({ kind: 'csv', path: 'part-*.csv' })
  await pull(folder.workspace, { system, source: 'trips' })
  const ids = (await rowsOf(folder)).map((row) => row['id'] as number)
  expect(ids).toHaveLength(36_000)
  expect(ids.every((id, place) => place === 0 || id === (ids[place - 1] as number) + 1)).toBe(true)
})

test('pull() reads JSON lists and lines alike, nested values included', async () => {
  await using folder = await openSourceFolder()
  const rows = [
    { id: 1, fare: 2.5, tags: ['a'], at: '2020-01-01T05:00:00+05:00', open: true },
    { id: 2, at: null },
  ]
  await folder.write('a.json', JSON.stringify(rows))
  await folder.write('b.ndjson', rows.map((row) => `${JSON.stringify(row)}\n`).join('\n'))
  const expected = [
    { id: 1, fare: 2.5, tags: ['a'], at: '2020-01-01T00:00:00.000Z', open: true },
    { id: 2, fare: null, tags: null, at: null, open: null },
  ]
  for (const [kind, path] of [
    ['json', 'a.json'],
    ['ndjson', 'b.ndjson'],
  ] as const) {
    const { snapshot } = await pull(folder.workspace, {
      system: folder.system({ kind, path, time: 'at' }),
      source: 'trips',
    })
    if (!snapshot) throw new Error('nothing was taken')
    expect(await folder.workspace.lake.rows(`select * from ${snapshotRelation(folder.workspace, [snapshot])}`)).toEqual(
      expected,
    )
    expect(snapshot.columns.map((column) => column.type)).toEqual([
      'BIGINT',
      'DOUBLE',
      'VARCHAR[]',
      'TIMESTAMP WITH TIME ZONE',
      'BOOLEAN',
    ])
  }
})

test('pull() refuses a source that the system does not have', async () => {
  await using folder = await openSourceFolder()
  const system = folder.system({ kind: 'csv', path: 'a.csv' })
  await expect(pull(folder.workspace, { system, source: 'rides' })).rejects.toMatchObject({
    code: 'ingress/unknownSource',
  })
})
