/** How long answers took, in milliseconds; NaN of none. */
export interface Latencies {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** Percentiles by nearest rank: the smallest value that at least that share does not exceed. */
export function latencies(milliseconds: Float64Array): Latencies {
  const sorted = Float64Array.from(milliseconds).sort()
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}
