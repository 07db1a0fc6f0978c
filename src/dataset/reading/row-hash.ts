import { hash32 } from '#platform'

/** A seeded choice of row numbers, the same in JavaScript and in SQL. */
export interface RowHash {
  /** Uniform in [0, 2³²), different for every row number below 2³². */
  readonly of: (row: number) => number
  /** Relation with the columns of `relation`, which has a `file_row_number`, and the hash of each row as `column`. */
  readonly over: (relation: string) => string
  readonly column: string
}

/**
 * A hash of row numbers: the finaliser of MurmurHash3, a bijection of 32-bit numbers, over the number mixed with a seed.
 * @see Appleby (2011), https://github.com/aappleby/smhasher
 */
export function rowHash(seed: number | string): RowHash {
  const mix = hash32(String(seed))
  return {
    column: name(3),
    of: (row) => {
      let hash = (row ^ mix) >>> 0
      hash = Math.imul(hash ^ (hash >>> 16), first)
      hash = Math.imul(hash ^ (hash >>> 13), second)
      return (hash ^ (hash >>> 16)) >>> 0
    },
    over: (relation) =>
      [
        `xor(cast(file_row_number as ubigint), ${mix}::ubigint)`,
        times(folded(name(0), 16), first),
        times(folded(name(1), 13), second),
        folded(name(2), 16),
      ].reduce((from, value, step) => `(select *, ${value} as ${name(step)} from ${from})`, relation),
  }
}

const first = 0x85ebca6b
const second = 0xc2b2ae35
const name = (step: number): string => `"row hash ${step}"`
const folded = (hash: string, by: number): string => `xor(${hash}, ${hash} >> ${by})`
const times = (hash: string, factor: number): string => `((${hash} * ${factor}::ubigint) & 4294967295::ubigint)`

/**
 * The greatest hash of the `count` rows with the smallest hashes: the rows up to it are a sample of exactly `count`.
 * @param rows row numbers, all different
 * @param options.count from 1 to the number of rows
 */
export function sampleThreshold(
  rows: ArrayLike<number>,
  { hash, count }: { readonly hash: RowHash; readonly count: number },
): number {
  const hashes = new Uint32Array(rows.length)
  const sizes = new Uint32Array(1 << 16)
  for (let place = 0; place < rows.length; place++) {
    const value = hash.of(rows[place] as number)
    hashes[place] = value
    sizes[value >>> 16] = (sizes[value >>> 16] as number) + 1
  }
  // Only the hashes that share their upper half with the one looked for are sorted.
  let upper = 0
  let before = 0
  while (before + (sizes[upper] as number) < count) before += sizes[upper++] as number
  const near = hashes.filter((value) => value >>> 16 === upper).sort()
  return near[count - before - 1] as number
}
