import { expect, test } from 'vitest'
import { seededIds, seededRandom, virtualClock } from '#platform'
import { predictionIds } from './prediction-ids.ts'

test('predictionIds() are unique, and sort by the time and the order in which they were made', () => {
  const clock = virtualClock(1_000_000)
  const next = predictionIds(seededIds(clock, seededRandom(1)), clock)
  const made: string[] = []
  for (let ms = 0; ms < 20; ms++) {
    clock.advanceTo(1_000_000 + ms)
    // More than two places of them count.
    for (let i = 0; i < 1500; i++) made.push(next())
  }
  expect(new Set(made).size).toBe(made.length)
  expect([...made].sort()).toEqual(made)
  expect(made[0]).toMatch(/^prediction_[0-9a-hjkmnp-tv-z]{26}$/)
})

test('predictionIds() of two processes differ at the same moment', () => {
  const clock = virtualClock(1_000_000)
  const [one, other] = [1, 2].map((seed) => predictionIds(seededIds(clock, seededRandom(seed)), clock))
  expect(one?.()).not.toBe(other?.())
})
