import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSourceFolder } from './fixtures/source-folder.ts'
import { pull, snapshotRelation, snapshotsOf, unifyTypes } from './index.ts'
import { compareShapes, type FileColumn, type Shape } from './schema-changes.ts'

const filled = (name: string, type: string): FileColumn => ({ name, type, filled: true })
const kinds = (files: readonly (readonly FileColumn[])[]): string[][] => {
  let shape: Shape = {}
  return files.map((columns) => {
    const compared = compareShapes(shape, { file: 'f', columns })
    shape = compared.shape
    return compared.changes.map(({ kind, column, from, to }) => [kind, column, from, to].join(' '))
  })
}

test('compareShapes() finds nothing in the first file, nor in one with the same columns', () => {
  const columns = [filled('a', 'BIGINT'), { name: 'b', type: 'VARCHAR', filled: false }]
  expect(kinds([columns, columns])).toEqual([[], []])
})

test('compareShapes() tells each kind of change, once', () => {
  const a = filled('a', 'BIGINT')
  const empty = (name: string): FileColumn => ({ name, type: 'VARCHAR', filled: false })
  expect(kinds([[a], [a, filled('b', 'DATE')], [a], [a], [a, filled('b', 'DATE')]])).toEqual([
    [],
    ['appeared b  DATE'],
    ['vanished b  '],
    [],
    ['appeared b DATE DATE'],
  ])
  expect(kinds([[a], [empty('a')], [empty('a')], [a]])).toEqual([[], ['all-null a  '], [], ['filled a BIGINT BIGINT']])
  expect(kinds([[a], [filled('a', 'DOUBLE')], [a], [filled('a', 'VARCHAR')], [a]])).toEqual([
    [],
    ['widened a BIGINT DOUBLE'],
    [],
    ['type-changed a DOUBLE VARCHAR'],
    ['type-changed a VARCHAR BIGINT'],
  ])
})

test.each([
  ['BIGINT', 'BIGINT', 'BIGINT'],
  ['INTEGER', 'BIGINT', 'BIGINT'],
  ['BIGINT', 'DOUBLE', 'DOUBLE'],
  ['UTINYINT', 'TINYINT', 'SMALLINT'],
  ['USMALLINT', 'TINYINT', 'INTEGER'],
  ['UBIGINT', 'BIGINT', 'HUGEINT'],
  ['UINTEGER', 'BIGINT', 'BIGINT'],
  ['DECIMAL(9,2)', 'BIGINT', 'DOUBLE'],
  ['DATE', 'TIMESTAMP', 'TIMESTAMP'],
  ['TIMESTAMP_NS', 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP WITH TIME ZONE'],
  ['BOOLEAN', 'BIGINT', 'VARCHAR'],
  ['DATE', 'VARCHAR', 'VARCHAR'],
])('unifyTypes() of %s and %s is %s, in either order', (a, b, both) => {
  expect(unifyTypes(a, b)).toBe(both)
  expect(unifyTypes(b, a)).toBe(both)
})

const wide = 'id,fare,fee\n'
test('pull() records how the columns of a source change, and refuses breaks where it is strict', async () => {
  await using folder = await openSourceFolder()
  const system = folder.system({ kind: 'csv', path: '*.csv' })
  const take = async (name: string, content: string, strict = false) => {
    await folder.write(name, content)
    const { snapshot } = await pull(folder.workspace, { system, source: 'trips', strict })
    return snapshot?.changes.map(({ kind, file, column }) => `${file}: ${column} ${kind}`)
  }
  expect(await take('a.csv', `${wide}1,2,\n2,3,\n`)).toEqual([])
  expect(await take('b.csv', `${wide}3,2.5,1.5\n`)).toEqual(['b.csv: fare widened', 'b.csv: fee filled'])
  expect(await take('c.csv', `${wide}4,,1\n`)).toEqual(['c.csv: fare all-null'])
  await expect(take('d.csv', 'id,fee\n5,1\n', true)).rejects.toMatchObject({
    code: 'ingress/schemaChanged',
    message: "Cannot take 'd.csv': the column 'fare' vanished",
  })
  expect(await take('d.csv', 'id,fee\n5,1\n')).toEqual(['d.csv: fare vanished'])
  await expect(take('e.csv', 'id,fee,new\n6,much,true\n', true)).rejects.toMatchObject({
    message: "Cannot take 'e.csv': the column 'fee' changed from DOUBLE to VARCHAR",
  })
  expect(await take('e.csv', 'id,fee,new\n6,much,true\n')).toEqual(['e.csv: fee type-changed', 'e.csv: new appeared'])
})

test('snapshotRelation() gives columns one type over all snapshots; those without a value have no say', async () => {
  await using folder = await openSourceFolder()
  const system = folder.system({ kind: 'csv', path: '*.csv' })
  const files = {
    'a.csv': `${wide}1,2,\n`,
    'b.csv': `${wide}2,2.5,2020-01-01\n`,
    'c.csv': 'id,fee\n3,2020-01-02 10:00:00\n',
  }
  for (const [name, content] of Object.entries(files)) {
    await folder.write(name, content)
    await pull(folder.workspace, { system, source: 'trips' })
  }
  const snapshots = await snapshotsOf(folder.workspace, { system: 'taxi', source: 'trips' })
  const relation = snapshotRelation(folder.workspace, snapshots)
  expect(await folder.workspace.lake.describe(`select * from ${relation}`)).toEqual([
    { name: 'id', type: 'BIGINT' },
    { name: 'fare', type: 'DOUBLE' },
    { name: 'fee', type: 'TIMESTAMP' },
  ])
  expect(await folder.workspace.lake.rows(`select * from ${relation} as trips`)).toEqual([
    { id: 1, fare: 2, fee: null },
    { id: 2, fare: 2.5, fee: '2020-01-01T00:00:00.000Z' },
    { id: 3, fare: null, fee: '2020-01-02T10:00:00.000Z' },
  ])
  expect(() => snapshotRelation(folder.workspace, [])).toThrow(RangeError)
})

test('snapshotRelation() makes text of a column that is a number here and a word there', async () => {
  await using folder = await openSourceFolder()
  const system = folder.system({ kind: 'csv', path: '*.csv' })
  await folder.write('a.csv', 'id,v\n1,7\n')
  await folder.write('b.csv', 'id,v\n2,x\n')
  const first = await pull(folder.workspace, { system, source: 'trips' })
  expect(first.snapshot?.columns[1]).toEqual({ name: 'v', type: 'VARCHAR', nulls: 0 })
  await rm(join(folder.folder, 'a.csv'))
  await folder.write('c.csv', 'id,v\n3,9\n')
  await pull(folder.workspace, { system, source: 'trips' })
  const snapshots = await snapshotsOf(folder.workspace, { system: 'taxi', source: 'trips' })
  expect(await folder.workspace.lake.rows(`select v from ${snapshotRelation(folder.workspace, snapshots)}`)).toEqual([
    { v: '7' },
    { v: 'x' },
    { v: '9' },
  ])
})
