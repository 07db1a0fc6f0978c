import { expect, test } from 'vitest'
import { openSourceFolder, type SourceFolder } from './fixtures/source-folder.ts'
import { pull, quarantineOf, snapshotRelation, type QuarantinedRow } from './index.ts'

async function take(folder: SourceFolder, kind: 'csv' | 'json' | 'ndjson', path: string) {
  const { snapshot } = await pull(folder.workspace, { system: folder.system({ kind, path }), source: 'trips' })
  if (!snapshot) throw new Error('nothing was taken')
  return {
    snapshot,
    rows: await folder.workspace.lake.rows(`select * from ${snapshotRelation(folder.workspace, [snapshot])}`),
    bad: await quarantineOf(folder.workspace, { system: 'taxi', source: 'trips', snapshot: snapshot.id }),
  }
}
const brief = ({ line, columns, reason, text }: QuarantinedRow) => [line, columns, reason, text]

test('pull() quarantines each malformed CSV row with its line in the file and the reason', async () => {
  await using folder = await openSourceFolder()
  const good = Array.from({ length: 200 }, (_, id) => `${id},name,${id}.5,2020-01-01 00:00:00\n`)
  await folder.write(
    'a.csv',
    [
      'id,name,fare,at\n',
      '1,"two\nlines",1.5,2020-01-01 00:00:00\n',
      '2,short\n',
      '3,"three\nlines\nhere",x,never\n',
      '4,d,1,2020-01-01 00:00:00,extra\n',
      '5,"un"closed,5,2020-01-01 00:00:00\n',
      '\n',
      '6.5,f,6,2020-01-01 00:00:00\n'.replace('6.5', 'six'),
      ...good,
    ].join(''),
  )
  const { rows, bad, snapshot } = await take(folder, 'csv', 'a.csv')
  expect(rows).toHaveLength(201)
  expect(snapshot.quarantined).toBe(5)
  expect(bad.map(brief)).toEqual([
    [4, [], '2 fields where the header has 4', '2,short'],
    [5, ['fare', 'at'], "column 'fare': 'x' is no DOUBLE", '3,"three\nlines\nhere",x,never'],
    [8, [], '5 fields where the header has 4', '4,d,1,2020-01-01 00:00:00,extra'],
    [9, [], 'text follows a closing quote', '5,"un"closed,5,2020-01-01 00:00:00'],
    [11, ['id'], "column 'id': 'six' is no BIGINT", 'six,f,6,2020-01-01 00:00:00'],
  ])
  expect(bad.every((row) => row.file === 'a.csv' && row.source === 'trips')).toBe(true)
})

test('pull() counts the lines of a large file right, however many threads read it', async () => {
  await using folder = await openSourceFolder({ threads: 8 })
  const lines = Array.from({ length: 50_000 }, (_, id) =>
    id % 4973 === 7
      ? `${id},"x",oops,2020-01-01`
      : id % 5000 === 1
        ? `${id},"two\nlines",1,2020-01-01`
        : `${id},a longer name to fill the buffers ${id},1,2020-01-01`,
  )
  const text = `id,name,fare,at\n${lines.join('\n')}\n`
  await folder.write('a.csv', text)
  const truth = text.split('\n').flatMap((line, place) => (line.includes('oops') ? [place + 1] : []))
  const { bad, rows } = await take(folder, 'csv', 'a.csv')
  expect(bad.map((row) => row.line)).toEqual(truth)
  expect(rows).toHaveLength(50_000 - truth.length)
})

test('pull() reads a CSV file that mixes line ends, with its lines', async () => {
  await using folder = await openSourceFolder()
  await folder.write('a.csv', 'id,name\r\n1,a\n2,b\r\nbroken\r\n3,"c\r\nd"\r\n4,e')
  const { rows, bad } = await take(folder, 'csv', 'a.csv')
  expect(rows).toEqual([
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
    { id: 3, name: 'c\r\nd' },
    { id: 4, name: 'e' },
  ])
  expect(bad.map(brief)).toEqual([[4, [], '1 fields where the header has 2', 'broken']])
})

test('pull() quarantines NDJSON lines that are no objects and values that do not fit', async () => {
  await using folder = await openSourceFolder()
  const good = Array.from({ length: 60 }, (_, id) => `{"id":${id},"at":"2020-01-01T00:00:00"}\n`)
  await folder.write(
    'a.ndjson',
    [
      ...good.slice(0, 2),
      '{"id":7\n',
      '\n',
      '42\n',
      '{"id":1,"id":2}\n',
      '{"id":"x","at":"2020-01-01T00:00:00"}\n',
      ...good.slice(2),
    ].join(''),
  )
  const { rows, bad } = await take(folder, 'ndjson', 'a.ndjson')
  expect(rows).toHaveLength(60)
  expect(bad.map(({ line, columns, text }) => [line, columns, text])).toEqual([
    [3, [], '{"id":7'],
    [5, [], '42'],
    [6, [], '{"id":1,"id":2}'],
    [7, ['id'], '{"id":"x","at":"2020-01-01T00:00:00"}'],
  ])
  expect(bad.map((row) => row.reason)).toEqual([
    expect.stringMatching(/^malformed JSON: /),
    'not a JSON object',
    'a key stands twice',
    "column 'id': 'x' is no BIGINT",
  ])
})

test('pull() quarantines records of a JSON list whose values do not fit, by their number', async () => {
  await using folder = await openSourceFolder()
  const rows = Array.from({ length: 50 }, (_, id) => ({ id: id === 9 ? 'nine' : id }))
  await folder.write('a.json', JSON.stringify(rows))
  const { bad } = await take(folder, 'json', 'a.json')
  expect(bad.map(brief)).toEqual([[null, ['id'], "record 10, column 'id': 'nine' is no BIGINT", '{"id":"nine"}']])
})

test.each([
  {
    reason: 'codes keep their zeros',
    values: ['02139', '10001', '00501'],
    type: 'VARCHAR',
    read: ['02139', '10001', '00501'],
  },
  { reason: 'one fraction makes all of them decimal', values: ['1', '2', '2.5'], type: 'DOUBLE', read: [1, 2, 2.5] },
  { reason: 'NA is missing among numbers', values: ['1', 'NA', 'null', '4'], type: 'BIGINT', read: [1, null, null, 4] },
  { reason: 'NA is a word among words', values: ['NA', 'DE', 'FR'], type: 'VARCHAR', read: ['NA', 'DE', 'FR'] },
  {
    reason: 'an offset is not dropped',
    values: ['2020-01-01T02:00:00+02:00', '2020-01-01T00:00:00Z'],
    type: 'TIMESTAMP WITH TIME ZONE',
    read: ['2020-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z'],
  },
  {
    reason: 'a time among dates',
    values: ['2020-01-01', '2020-01-01 10:00:00'],
    type: 'TIMESTAMP',
    read: ['2020-01-01T00:00:00.000Z', '2020-01-01T10:00:00.000Z'],
  },
  {
    reason: 'months first, where a day tells',
    values: ['01/02/2020', '12/31/2020'],
    type: 'DATE',
    read: ['2020-01-02T00:00:00.000Z', '2020-12-31T00:00:00.000Z'],
  },
  {
    reason: 'days first, where a day tells',
    values: ['01.02.2020', '31.12.2020'],
    type: 'DATE',
    read: ['2020-02-01T00:00:00.000Z', '2020-12-31T00:00:00.000Z'],
  },
  {
    reason: 'months first with a time',
    values: ['01/02/2020 9:30', '12/31/2020 23:59'],
    type: 'TIMESTAMP',
    read: ['2020-01-02T09:30:00.000Z', '2020-12-31T23:59:00.000Z'],
  },
  { reason: 'true and false', values: ['true', 'FALSE'], type: 'BOOLEAN', read: [true, false] },
  { reason: 'yes and no are words', values: ['Y', 'N'], type: 'VARCHAR', read: ['Y', 'N'] },
  { reason: 'half numbers are text', values: ['1', 'a', '2', 'b'], type: 'VARCHAR', read: ['1', 'a', '2', 'b'] },
  {
    reason: 'large integers are exact',
    values: ['9007199254740991', '1'],
    type: 'BIGINT',
    read: [Number.MAX_SAFE_INTEGER, 1],
  },
])('pull() finds the type of a CSV column: $reason', async ({ values, type, read }) => {
  await using folder = await openSourceFolder()
  await folder.write('a.csv', `id,v\n${values.map((value, id) => `${id},${value}\n`).join('')}`)
  const { rows, snapshot } = await take(folder, 'csv', 'a.csv')
  expect(snapshot.columns[1]?.type).toBe(type)
  expect(rows.map((row) => row['v'])).toEqual(read)
})

test('pull() finds a type that shows only after the first rows', async () => {
  await using folder = await openSourceFolder()
  const rows = Array.from(
    { length: 6000 },
    (_, id) => `${id},${id < 4000 ? '' : `${id}.5`},${id === 5000 ? '1.5' : id}\n`,
  )
  await folder.write('a.csv', `id,late,mixed\n${rows.join('')}`)
  const { snapshot } = await take(folder, 'csv', 'a.csv')
  expect(snapshot.columns.map((column) => column.type)).toEqual(['BIGINT', 'DOUBLE', 'DOUBLE'])
  expect(snapshot.quarantined).toBe(0)
})
