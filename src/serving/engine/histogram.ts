/** Counts of observations by size. Bounds are shared; `counts` has one place more, for what is larger than all. */
export interface Histogram {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  sum: number
}

/** Seconds, from 50 µs to 10 s. */
export const durationBounds = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** Rows, in powers of two. */
export const rowBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const

export function newHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Float64Array(bounds.length + 1), sum: 0 }
}

/** Counts one observation. */
export function observe(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram
  let place = 0
  while (place < bounds.length && value > (bounds[place] as number)) place++
  counts[place] = (counts[place] as number) + 1
  histogram.sum += value
}
