import * as fc from 'fast-check'
import { numbersOf } from '#platform'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestWorkspace, type TestWorkspace } from '../fixtures/test-workspace.ts'
import { rowHash, sampleThreshold } from './row-hash.ts'

let opened: TestWorkspace

beforeAll(async () => {
  opened = await openTestWorkspace()
})
afterAll(() => opened.close())

test('rowHash() is the same in JavaScript and in SQL', async () => {
  const hash = rowHash('seed')
  const table = await opened.workspace.lake.table(
    `select cast(file_row_number as double) as row, cast(${hash.column} as double) as hash
     from ${hash.over('(select i as file_row_number from range(0, 4000000000, 7654321) t(i))')}`,
  )
  expect(table.rowCount).toBeGreaterThan(500)
  expect(Array.from(numbersOf(table, 'row'), hash.of)).toEqual([...numbersOf(table, 'hash')])
})

test('rowHash() gives different rows different numbers, and other ones for another seed', () => {
  const rows = Array.from({ length: 100_000 }, (_, row) => row)
  expect(new Set(rows.map(rowHash(1).of)).size).toBe(rows.length)
  expect(rows.slice(0, 100).map(rowHash(1).of)).not.toEqual(rows.slice(0, 100).map(rowHash(2).of))
})

test('sampleThreshold() lets exactly as many rows through as asked, whatever the rows', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { minLength: 1 }), fc.nat(), fc.nat(), (rows, seed, some) => {
      const hash = rowHash(seed)
      const count = 1 + (some % rows.length)
      const threshold = sampleThreshold(rows, { hash, count })
      expect(rows.filter((row) => hash.of(row) <= threshold)).toHaveLength(count)
    }),
  )
})

test('a sample is spread evenly over the rows', () => {
  const rows = Array.from({ length: 100_000 }, (_, row) => row)
  const hash = rowHash(3)
  const threshold = sampleThreshold(rows, { hash, count: 10_000 })
  const tenths = Array.from({ length: 10 }, () => 0)
  for (const row of rows) if (hash.of(row) <= threshold) tenths[Math.floor(row / 10_000)]! += 1
  // Each tenth holds 1000 ± 30 in expectation.
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150)
})
