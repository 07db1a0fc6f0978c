import { expect, test } from 'vitest'
import { routeRelease } from '#deployment'
import { seededIds, seededRandom, virtualClock } from '#platform'
import { isSampled } from './is-sampled.ts'

const ids = seededIds(virtualClock(0), seededRandom(1))
const made = Array.from({ length: 20_000 }, () => ids.next('prediction'))
const share = (chosen: readonly string[], of: readonly string[]): number => chosen.length / of.length

test('isSampled() keeps the share that it is asked for, and all where it is 1', () => {
  for (const asked of [0.01, 0.1, 0.5, 1]) {
    const kept = made.filter((id) => isSampled(id, asked))
    expect(Math.abs(share(kept, made) - asked)).toBeLessThan(4 * Math.sqrt((asked * (1 - asked)) / made.length) + 1e-9)
  }
})

test('isSampled() keeps with a larger share what it keeps with a smaller one', () => {
  expect(made.filter((id) => isSampled(id, 0.1) && !isSampled(id, 0.2))).toEqual([])
})

test('isSampled() keeps the same share of both arms, where the ids choose the arm too', () => {
  const release = { id: 'release_1', share: 0.1 }
  const challenged = made.filter((id) => routeRelease(release, id) === 'challenger')
  expect(
    Math.abs(
      share(
        challenged.filter((id) => isSampled(id, 0.1)),
        challenged,
      ) - 0.1,
    ),
  ).toBeLessThan(0.03)
})

test('isSampled() spreads ids that differ in their last letters alone', () => {
  const batch = Array.from({ length: 20_000 }, (_, row) => `batch_x-${String(row).padStart(9, '0')}`)
  expect(
    share(
      batch.filter((id) => isSampled(id, 0.1)),
      batch,
    ),
  ).toBeCloseTo(0.1, 1)
})
