import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSourceFolder } from './fixtures/source-folder.ts'
import { sniffFile } from './index.ts'

test('sniffFile() tells kind, columns, rows and the first of them', async () => {
  await using folder = await openSourceFolder()
  const rows = Array.from({ length: 30 }, (_, id) => `${id};${id === 3 ? '' : `n${id}`};2020-01-01\n`)
  const path = await folder.write('trips.csv', `id;name;day\n${rows.join('')}broken\n`)
  expect(await sniffFile(folder.workspace, path)).toMatchObject({
    kind: 'csv',
    delimiter: ';',
    rows: 30,
    malformed: 1,
    columns: [
      { name: 'id', type: 'BIGINT', nulls: 0 },
      { name: 'name', type: 'VARCHAR', nulls: 1 },
      { name: 'day', type: 'DATE', nulls: 0 },
    ],
    sample: [0, 1, 2, 3, 4].map((id) => ({
      id,
      name: id === 3 ? null : `n${id}`,
      day: '2020-01-01T00:00:00.000Z',
    })),
  })
})

test.each([
  { name: 'a.data', content: '{"id":1}\n{"id":2}\n', kind: 'ndjson', rows: 2 },
  { name: 'a.jsonl', content: '{"id":1}\n', kind: 'ndjson', rows: 1 },
  { name: 'a.json', content: '[{"id":1},{"id":2}]', kind: 'json', rows: 2 },
  { name: 'a.json', content: '{\n"id": 1\n}', kind: 'json', rows: 1 },
  { name: 'a.tsv', content: 'id\tb\n1\t2\n', kind: 'csv', rows: 1 },
  { name: 'a', content: '\ufeffid,b\n1,2\n', kind: 'csv', rows: 1 },
])('sniffFile() sees that $name is $kind', async ({ name, content, kind, rows }) => {
  await using folder = await openSourceFolder()
  const sketch = await sniffFile(folder.workspace, await folder.write(name, content))
  expect(sketch).toMatchObject({ kind, rows, malformed: 0 })
  expect(sketch.columns[0]).toMatchObject({ name: 'id', type: 'BIGINT', nulls: 0, distinct: rows, min: 1, max: rows })
})

test('sniffFile() reads Parquet whatever its name', async () => {
  await using folder = await openSourceFolder()
  const path = join(folder.folder, 'rows.bin')
  await folder.workspace.lake.run(`copy (select 1.5::double as fare) to '${path}' (format parquet)`)
  expect(await sniffFile(folder.workspace, path)).toMatchObject({ kind: 'parquet', rows: 1, sample: [{ fare: 1.5 }] })
})

test.each([
  { name: 'gone.csv', content: undefined, code: 'ingress/missingFile' },
  { name: 'a.csv', content: '', code: 'ingress/emptyFile' },
  { name: 'a.parquet', content: 'id\n1\n', code: 'ingress/notParquet' },
])('sniffFile() refuses $name with $code', async ({ name, content, code }) => {
  await using folder = await openSourceFolder()
  const path = content === undefined ? join(folder.folder, name) : await folder.write(name, content)
  await expect(sniffFile(folder.workspace, path)).rejects.toMatchObject({ code })
})
