import type { Arm, Release } from './schema.ts'

/**
 * Which version answers for a key, such as an entity. The same key stays with the same arm for the whole release, and
 * one that a smaller share gave to the challenger stays there when the share grows.
 */
export function routeRelease(release: Pick<Release, 'id' | 'share'>, key: string): Arm {
  return place(extend(seedOf(release), key)) < release.share ? 'challenger' : 'champion'
}

/** {@link routeRelease} for many keys: 1 where the challenger answers, shape [keys]. */
export function routeReleases(release: Pick<Release, 'id' | 'share'>, keys: ArrayLike<string>): Uint8Array {
  const arms = new Uint8Array(keys.length)
  const seed = seedOf(release)
  for (let i = 0; i < keys.length; i++) arms[i] = place(extend(seed, keys[i] as string)) < release.share ? 1 : 0
  return arms
}

/** FNV-1a of the release's id, to go on with a key: other releases give the same keys to other arms. */
const seedOf = (release: Pick<Release, 'id'>): number => extend(0x811c9dc5, `${release.id}/`)

function extend(hash: number, text: string): number {
  let value = hash
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value
}

/**
 * A place in [0, 1) from a hash. FNV-1a alone spreads keys that differ in their last letter, such as numbers, over few
 * places; the finaliser of MurmurHash3 spreads them over all.
 */
function place(hash: number): number {
  let value = hash
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return ((value ^ (value >>> 16)) >>> 0) / 4294967296
}
