import type { Occurrences } from './even-edges.ts'

/** The range of a stream of numbers, and every k-th of them; k doubles whenever the sample is full. */
export interface StrideSample {
  /** Numbers that are not finite are left out. */
  add(values: Float64Array): void
  /** Null while there is no number. */
  range(): { readonly min: number; readonly max: number } | null
  /** What the sample holds. */
  occurrences(): Occurrences
}

/**
 * A sample without chance: the same numbers in the same order give the same sample.
 * @param capacity even; the sample holds at most so many, and at least half as many once it was full
 */
export function strideSample(capacity: number): StrideSample {
  const kept = new Float64Array(capacity)
  let [size, stride, toNext, min, max] = [0, 1, 1, Infinity, -Infinity]
  const thin = (): void => {
    for (let place = 0; place < capacity / 2; place++) kept[place] = kept[2 * place] as number
    size = capacity / 2
    stride *= 2
  }
  return {
    add: (values) => {
      for (let row = 0; row < values.length; row++) {
        const value = values[row] as number
        if (!Number.isFinite(value)) continue
        if (value < min) min = value
        if (value > max) max = value
        toNext--
        if (toNext > 0) continue
        if (size === capacity) thin()
        kept[size++] = value
        toNext = stride
      }
    },
    range: () => (min > max ? null : { min: min + 0, max: max + 0 }),
    occurrences: () => occurrencesOf(kept.slice(0, size).sort()),
  }
}

function occurrencesOf(sorted: Float64Array): Occurrences {
  const values: number[] = []
  const counts: number[] = []
  for (let place = 0; place < sorted.length; place++) {
    const value = sorted[place] as number
    if (place > 0 && value === sorted[place - 1]) counts[counts.length - 1] = (counts.at(-1) as number) + 1
    else {
      values.push(value + 0)
      counts.push(1)
    }
  }
  return { values, counts }
}
