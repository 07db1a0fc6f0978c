/** A seeded stream of random numbers: the same seed gives the same stream on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number
  /** Uniform integer in [0, below). */
  int(below: number): number
  /** Standard normal. */
  normal(): number
  /** A new array in random order. */
  shuffle<T>(items: readonly T[]): T[]
  /** An independent stream named by `label`; does not advance this one. */
  fork(label: string): Random
}

/**
 * Xoshiro128** seeded by SplitMix32.
 * @see Blackman & Vigna (2018), https://prng.di.unimi.it/
 */
export function seededRandom(seed: number | string): Random {
  const text = String(seed)
  const state = new Uint32Array(4)
  let mix = hash32(text)
  for (let i = 0; i < 4; i++) {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    state[i] = z ^ (z >>> 16)
  }
  let [a, b, c, d] = state as unknown as [number, number, number, number]
  const bits = (): number => {
    const five = Math.imul(b, 5)
    const result = Math.imul((five << 7) | (five >>> 25), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = (d << 11) | (d >>> 21)
    return result >>> 0
  }
  const next = (): number => bits() / 4294967296
  const int = (below: number): number => Math.floor(next() * below)
  return {
    next,
    int,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle: (items) => {
      const out = [...items]
      for (let i = out.length - 1; i > 0; i--) {
        const j = int(i + 1)
        ;[out[i], out[j]] = [out[j] as (typeof out)[number], out[i] as (typeof out)[number]]
      }
      return out
    },
    fork: (label) => seededRandom(`${text}/${label}`),
  }
}

/** FNV-1a, 32 bits: a fast hash of text, for seeds and for splitting traffic, never for security. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
