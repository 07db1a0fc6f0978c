import { expect, test } from 'vitest'
import { readJson as readBytes } from './read-json.ts'

const readJson = (text: string): unknown => readBytes(Buffer.from(text))

test('readJson() keeps whole numbers of 64 bits exact, and rounds those beyond as any reader of JSON', () => {
  expect(readJson('[9007199254740993, -9223372036854775808, 18446744073709551615, 1e300, 0.1234567890123456]')).toEqual(
    [9_007_199_254_740_993n, -9_223_372_036_854_775_808n, 18_446_744_073_709_551_615n, 1e300, 0.123_456_789_012_345_6],
  )
  expect(readJson(`[1${'0'.repeat(30)}]`)).toEqual([1e30])
})

test('readJson() takes no longer for a number of a million digits than for other text', () => {
  const from = performance.now()
  expect(readJson(`[${'9'.repeat(1_000_000)}]`)).toEqual([Infinity])
  expect(performance.now() - from).toBeLessThan(500)
})
