import { describe, expect, test } from 'vitest'
import { routeRelease, routeReleases } from './route-release.ts'

const release = (share: number, id = 'release_1') => ({ id, share })
const keys = Array.from({ length: 100_000 }, (_, i) => `customer ${i}`)
const shareOf = (arms: Uint8Array): number => arms.reduce((sum, arm) => sum + arm, 0) / arms.length

describe('routeRelease()', () => {
  test('gives the same key the same arm, alone and among many', () => {
    const arms = routeReleases(release(0.25), keys.slice(0, 1000))
    for (const [i, key] of keys.slice(0, 1000).entries())
      expect(routeRelease(release(0.25), key)).toBe(arms[i] === 1 ? 'challenger' : 'champion')
  })

  test.each([0.01, 0.05, 0.25, 0.5, 0.9])('gives a share of %d of numbered keys to the challenger', (share) => {
    const error = Math.sqrt((share * (1 - share)) / keys.length)
    expect(Math.abs(shareOf(routeReleases(release(share), keys)) - share)).toBeLessThan(4 * error)
  })

  test.each([
    { share: 0, arms: 0, why: 'nothing' },
    { share: 1, arms: 1, why: 'everything' },
  ])('gives $why at a share of $share', ({ share, arms }) => {
    expect(shareOf(routeReleases(release(share), keys))).toBe(arms)
  })

  test('keeps a key with the challenger when the share grows', () => {
    const few = routeReleases(release(0.05), keys)
    const more = routeReleases(release(0.25), keys)
    expect(few.every((arm, i) => arm <= (more[i] as number))).toBe(true)
  })

  test('asks other keys of other releases', () => {
    const one = routeReleases(release(0.5), keys)
    const other = routeReleases(release(0.5, 'release_2'), keys)
    const both = one.reduce((sum, arm, i) => sum + arm * (other[i] as number), 0) / keys.length
    expect(both).toBeGreaterThan(0.24)
    expect(both).toBeLessThan(0.26)
  })
})
