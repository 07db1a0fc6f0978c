import { describe, expect, test } from 'vitest'
import { retryDelayMs } from './retry-delay.ts'

describe('retryDelayMs()', () => {
  test('waits four times as long each time, an hour at most, and ends after some hours', () => {
    const delays: number[] = []
    for (let attempts = 1; ; attempts++) {
      const delay = retryDelayMs({ attempts, firstMs: 1000 })
      if (delay === null) break
      delays.push(delay)
    }
    const seconds = [1, 4, 16, 64, 256, 1024, 3600, 3600, 3600, 3600, 3600, 3600]
    expect(delays).toEqual(seconds.map((one) => one * 1000))
  })

  test('waits longer where the receiver asks for it, a day at most', () => {
    expect(retryDelayMs({ attempts: 1, firstMs: 1000, retryAfterMs: 30_000 })).toBe(30_000)
    expect(retryDelayMs({ attempts: 3, firstMs: 1000, retryAfterMs: 1000 })).toBe(16_000)
    expect(retryDelayMs({ attempts: 1, firstMs: 1000, retryAfterMs: 1e12 })).toBe(86_400_000)
  })
})
