import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { walkCsv, type WalkedRecord } from './walk-csv.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'walk-csv-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function walk(text: string, width = 3) {
  const path = join(folder, 'a.csv')
  await writeFile(path, text)
  const records: (Pick<WalkedRecord, 'line' | 'problem'> & { text: string })[] = []
  const bytes = Buffer.from(text)
  const summary = await walkCsv(path, { delimiter: ',', width, start: 0, line: 1 }, ({ line, start, end, problem }) =>
    records.push({ line, problem, text: bytes.subarray(start, end).toString().trimEnd() }),
  )
  return { records, ...summary }
}

test('walkCsv() tells records, their lines and their bytes', async () => {
  const { records, ...summary } = await walk('1,"a, ""b""\nc",é\n\n2, "x" ,\r\n3,a"b,z')
  expect(records).toEqual([
    { line: 1, problem: null, text: '1,"a, ""b""\nc",é' },
    { line: 4, problem: null, text: '2, "x" ,' },
    { line: 5, problem: null, text: '3,a"b,z' },
  ])
  expect(summary).toEqual({ good: 3, malformed: 0, isIrregular: true })
})

test.each([
  { reason: 'a missing field', text: '1,2\n', problem: '2 fields where the header has 3', lines: [1] },
  { reason: 'a field too many', text: '1,"two\nlines",3,4\n', problem: '4 fields where the header has 3', lines: [1] },
  { reason: 'text after a quote', text: '1,"a"b,3\n', problem: 'text follows a closing quote', lines: [1] },
  { reason: 'a return alone', text: '1,a\rb,3\n', problem: 'a carriage return stands alone', lines: [1] },
  { reason: 'a quote open to the end', text: '1,"a,3\n', problem: 'a quote is not closed', lines: [1] },
  {
    reason: 'a stray quote that meets another',
    text: '1,"a,3\n8,8,8\n2,"b,3\n',
    problem: 'text follows a closing quote',
    lines: [1, 3],
  },
])('walkCsv() gives up no more than the malformed line: $reason', async ({ text, problem, lines }) => {
  const { records, good } = await walk(`${text}9,9,9\n`)
  const bad = records.filter((record) => record.problem !== null)
  expect(bad[0]?.problem).toBe(problem)
  expect(bad.map((record) => record.line)).toEqual(lines)
  expect(good).toBe(lines.length === 2 ? 2 : 1)
  expect(records.at(-1)).toMatchObject({ text: '9,9,9', problem: null })
})

test('walkCsv() finds every record again that was written, over the borders of its buffers too', async () => {
  const cell = fc.oneof(
    fc.constantFrom('', 'a', '"q"', '"a,b"', '"x""y"', '"two\nlines"', '" "', 'é', '7'),
    fc
      .string({ unit: fc.constantFrom('a', 'b', ',', '\n', '"'), maxLength: 6 })
      .map((text) => `"${text.replaceAll('"', '""')}"`),
  )
  const record = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.nat(9), cell, cell).map((cells) => ({ text: cells.join(','), isGood: true })) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(9), cell).map((cells) => ({ text: cells.join(','), isGood: false })) },
    { weight: 1, arbitrary: fc.constant({ text: '5,"un"closed,6', isGood: false }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 40 }), fc.constantFrom('\n', '\r\n'), async (written, lineEnd) => {
      const { records } = await walk(written.map(({ text }) => text + lineEnd).join(''))
      let line = 1
      const expected = written.map(({ text, isGood }) => {
        const at = line
        line += text.split('\n').length
        return { line: at, text, isGood }
      })
      expect(records.map(({ line, text, problem }) => ({ line, text, isGood: problem === null }))).toEqual(expected)
    }),
    { numRuns: 150, seed: 1 },
  )
  const long = Array.from({ length: 90_000 }, (_, id) => `${id},"some\ntext ${id}",é`)
  const { records } = await walk(long.join('\n'))
  expect(records.map((record) => record.text)).toEqual(long)
  expect(records.at(-1)?.line).toBe(2 * 90_000 - 1)
})
