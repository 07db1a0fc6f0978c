import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import type { SystemInput } from '#system'
import { expect, test } from 'vitest'
import { openSourceFolder, type SourceFolder } from './fixtures/source-folder.ts'
import { pull, snapshotsOf } from './index.ts'

type Source = SystemInput['sources'][string]
interface BadInput {
  readonly reason: string
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly prepare?: (folder: SourceFolder) => Promise<void>
  readonly source: Source
  readonly code: string
  readonly says: RegExp
}

const csv = (path: string, more: Partial<Source> = {}): Source => ({ kind: 'csv', path, ...more })
const parquetFile = async (folder: SourceFolder, name: string, sql: string): Promise<string> => {
  const path = join(folder.folder, name)
  await folder.workspace.lake.run(`copy (${sql}) to '${path}' (format parquet)`)
  return path
}

const badInputs: readonly BadInput[] = [
  { reason: 'no file', source: csv('a.csv'), code: 'missingFile', says: /'a.csv': there is no such file/ },
  { reason: 'no match', source: csv('data/*.csv'), code: 'noMatch', says: /'data\/\*.csv': no file matches it in/ },
  {
    reason: 'a folder',
    prepare: ({ folder }) => mkdir(join(folder, 'data')),
    source: csv('data'),
    code: 'notAFile',
    says: /'data': it is a folder/,
  },
  {
    reason: 'a file that cannot be opened',
    prepare: ({ folder }) => symlink('loop.csv', join(folder, 'loop.csv')),
    source: csv('loop.csv'),
    code: 'unreadableFile',
    says: /'loop.csv': ELOOP/,
  },
  { reason: 'no bytes', files: { 'a.csv': '' }, source: csv('a.csv'), code: 'emptyFile', says: /'a.csv': it is empty/ },
  {
    reason: 'white space',
    files: { 'a.csv': '\ufeff \r\n\n' },
    source: csv('a.csv'),
    code: 'emptyFile',
    says: /is empty/,
  },
  {
    reason: 'one bad file among good ones: nothing is taken',
    files: { 'a.csv': 'id,b\n1,2\n', 'b.csv': '' },
    source: csv('*.csv'),
    code: 'emptyFile',
    says: /'b.csv': it is empty/,
  },
  {
    reason: 'a header alone',
    files: { 'a.csv': 'id,b\r\n\n' },
    source: csv('a.csv'),
    code: 'noRows',
    says: /a header, but no rows/,
  },
  {
    reason: 'the delimiter of the source gives one column',
    files: { 'a.csv': 'id;fare;at\n1;2,5;x\n2;3,5;y\n' },
    source: csv('a.csv', { delimiter: ',' }),
    code: 'wrongDelimiter',
    says: /',' gives one column, but ';' gives 3/,
  },
  {
    reason: 'Latin-1',
    files: { 'a.csv': Buffer.from('id,name\n1,ann\n2,zo\xeb\n', 'latin1') },
    source: csv('a.csv'),
    code: 'notUtf8',
    says: /'a.csv': line 3 holds bytes that are not UTF-8/,
  },
  {
    reason: 'a character that is cut off at the end',
    files: { 'a.csv': Buffer.concat([Buffer.from('id,name\n1,'), Buffer.from([0xc3])]) },
    source: csv('a.csv'),
    code: 'notUtf8',
    says: /line 2 holds bytes/,
  },
  {
    reason: 'gzip',
    files: { 'a.csv': Buffer.from([0x1f, 0x8b, 8, 0, 0, 0xff, 0xfe]) },
    source: csv('a.csv'),
    code: 'notUtf8',
    says: /compressed with gzip/,
  },
  {
    reason: 'two equal names',
    files: { 'a.csv': 'id,b,id\n1,2,3\n' },
    source: csv('a.csv'),
    code: 'duplicateColumns',
    says: /two columns are named 'id'/,
  },
  {
    reason: 'names that differ in case',
    files: { 'a.csv': 'id,ID\n1,2\n' },
    source: csv('a.csv'),
    code: 'duplicateColumns',
    says: /'id' and 'ID' differ in case alone/,
  },
  {
    reason: 'two equal names in Parquet',
    files: {},
    prepare: async (folder) => {
      const path = await parquetFile(folder, 'a.parquet', 'select 1 as aa, 2 as ab')
      const bytes = await readFile(path)
      await writeFile(path, Buffer.from(bytes.toString('latin1').replaceAll('ab', 'aa'), 'latin1'))
    },
    source: { kind: 'parquet', path: 'a.parquet' },
    code: 'duplicateColumns',
    says: /two columns are named 'aa'/,
  },
  {
    reason: 'values where names belong',
    files: { 'a.csv': '1,2\n3,4\n' },
    source: csv('a.csv'),
    code: 'noHeader',
    says: /first line is '1,2', not names/,
  },
  {
    reason: 'nearly every row malformed',
    files: { 'a.csv': 'id,name\n1,a,x\n2,b,x\n3,c\n' },
    source: csv('a.csv'),
    code: 'malformedCsv',
    says: /2 rows are malformed and 1 are not; the first in line 2: 3 fields where the header has 2/,
  },
  {
    reason: 'no Parquet',
    files: { 'a.parquet': 'id,b\n1,2\n' },
    source: { kind: 'parquet', path: 'a.parquet' },
    code: 'notParquet',
    says: /not a Parquet file/,
  },
  {
    reason: 'Parquet cut off',
    prepare: async (folder) =>
      truncate(await parquetFile(folder, 'a.parquet', 'select range as id from range(1000)'), 900),
    source: { kind: 'parquet', path: 'a.parquet' },
    code: 'damagedParquet',
    says: /cut off, its end is missing/,
  },
  {
    reason: 'Parquet damaged in the middle',
    prepare: async (folder) => {
      const path = await parquetFile(folder, 'a.parquet', "select 'n' || hash(range) as id from range(1000)")
      const bytes = await readFile(path)
      await writeFile(path, bytes.fill(0xff, 4, 60))
    },
    source: { kind: 'parquet', path: 'a.parquet' },
    code: 'damagedParquet',
    says: /'a.parquet': it is damaged/,
  },
  {
    reason: 'Parquet without rows',
    prepare: async (folder) => void (await parquetFile(folder, 'a.parquet', 'select 1 as id where false')),
    source: { kind: 'parquet', path: 'a.parquet' },
    code: 'noRows',
    says: /columns, but no rows/,
  },
  {
    reason: 'JSON cut off',
    files: { 'a.json': '[{"id":1},{"id":2}' },
    source: { kind: 'json', path: 'a.json' },
    code: 'malformedJson',
    says: /'a.json': at byte \d+/,
  },
  {
    reason: 'JSON of no objects',
    files: { 'a.json': '[1,2]' },
    source: { kind: 'json', path: 'a.json' },
    code: 'malformedJson',
    says: /values that are no objects/,
  },
  {
    reason: 'an empty JSON list',
    files: { 'a.json': ' [ ]\n' },
    source: { kind: 'json', path: 'a.json' },
    code: 'noRows',
    says: /list is empty/,
  },
  {
    reason: 'a JSON list as NDJSON',
    files: { 'a.json': '[{"id":1}]' },
    source: { kind: 'ndjson', path: 'a.json' },
    code: 'malformedJson',
    says: /line by line: it is a list/,
  },
  {
    reason: 'NDJSON without an object',
    files: { 'a.ndjson': 'x\n42\n' },
    source: { kind: 'ndjson', path: 'a.ndjson' },
    code: 'malformedJson',
    says: /no line of it is a JSON object/,
  },
  {
    reason: 'no time column',
    files: { 'a.csv': 'id,b\n1,2\n' },
    source: csv('a.csv', { time: 'at' }),
    code: 'columnMissing',
    says: /no column 'at', only id, b/,
  },
  {
    reason: 'no declared column',
    files: { 'a.csv': 'id,b\n1,2\n' },
    source: csv('a.csv', { columns: { c: 'BIGINT' } }),
    code: 'columnMissing',
    says: /no column 'c'/,
  },
  {
    reason: 'a time that is a number',
    files: { 'a.csv': 'id,at\n1,2\n' },
    source: csv('a.csv', { time: 'at' }),
    code: 'timeType',
    says: /'at' holds no moments, it is BIGINT/,
  },
  {
    reason: 'a time without a value',
    files: { 'a.csv': 'id,at\n1,\n' },
    source: csv('a.csv', { time: 'at' }),
    code: 'timeType',
    says: /it has no value/,
  },
  {
    reason: 'a cursor by time without a time column',
    files: { 'a.csv': 'id,at\n1,2\n' },
    source: csv('a.csv', { cursor: 'time' }),
    code: 'columnMissing',
    says: /names no column as 'time'/,
  },
  {
    reason: 'a declared type that rounds',
    files: { 'a.csv': 'id,fare\n1,2\n2,2.5\n' },
    source: csv('a.csv', { columns: { fare: 'BIGINT' } }),
    code: 'columnType',
    says: /'fare' is declared BIGINT, but 1 values have fractions, such as 2.5/,
  },
  {
    reason: 'a declared type that is none',
    files: { 'a.csv': 'id\n1\n' },
    source: csv('a.csv', { columns: { id: 'NUMBERS' } }),
    code: 'columnType',
    says: /'id' is declared NUMBERS, which is no type/,
  },
  {
    reason: 'a declared type that Parquet does not fit',
    prepare: async (folder) => void (await parquetFile(folder, 'a.parquet', "select 'x' as id")),
    source: { kind: 'parquet', path: 'a.parquet', columns: { id: 'BIGINT' } },
    code: 'columnType',
    says: /with the types declared: Conversion Error/,
  },
]

test.each(badInputs)('pull() refuses $reason', async ({ files = {}, prepare, source, code, says }) => {
  await using folder = await openSourceFolder()
  for (const [path, content] of Object.entries(files)) await folder.write(path, content)
  await prepare?.(folder)
  const failure: unknown = await pull(folder.workspace, { system: folder.system(source), source: 'trips' }).catch(
    (error: unknown) => error,
  )
  expect(failure).toMatchObject({
    name: 'Failure',
    code: `ingress/${code}`,
    message: expect.stringMatching(says) as string,
  })
  expect(await snapshotsOf(folder.workspace, { system: 'taxi', source: 'trips' })).toEqual([])
  expect(await readdir(join(folder.folder, 'store/blobs'))).toEqual(['scratch'])
  expect(await readdir(join(folder.folder, 'store/blobs/scratch'))).toEqual([])
})
