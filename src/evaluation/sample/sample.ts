import type { Random } from '#platform'
import type { Interval } from '../schema.ts'

/** Metrics by name; NaN where one has no value. */
export type Measures = Readonly<Record<string, number>>

/** Judged rows, or cells of like rows, on which every metric of a task can be measured again under other weights. */
export interface Sample {
  /** Weight of each cell, shape [cells]. */
  readonly weights: Float64Array
  /** How many rows' worth of chance each cell carries (Kish: (Σ w)² / Σ w²), shape [cells]; a row carries 1. */
  readonly counts: Float64Array
  /** @param weights shape [cells] */
  measure(weights: Float64Array): Measures
  /**
   * How far each row pulls a metric, shape [rows]: metric ≈ value + weighted mean of the influences, whose weighted mean
   * is 0. Null where no closed form is known.
   */
  influence(metric: string): Float64Array | null
  /** An interval that needs no resampling; null where there is none. */
  interval(metric: string): Interval | null
  /** The same sample in at most a few thousand cells, with the same chance in it; itself when it is small. */
  coarsen(random: Random): Sample
}

/** Samples of no more rows than this are resampled row by row. */
export const exactRows = 4096

/** The 97.5 % point of the standard normal distribution. */
export const normal95 = 1.959963984540054

/** What a metric of the form Σ w·over / Σ w·under is made of, shape [rows] each; `under` is 1 where absent. */
export interface Ratio {
  readonly over: ArrayLike<number>
  readonly under?: ArrayLike<number>
}

/**
 * The influence of each row on a ratio of sums: (overᵢ − value · underᵢ) / mean(under).
 * @returns shape [rows]; zeros where the denominator is zero
 */
export function ratioInfluence({ over, under }: Ratio, weights: Float64Array): Float64Array {
  let [top, bottom, total] = [0, 0, 0]
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row] as number
    top += weight * (over[row] as number)
    bottom += under ? weight * (under[row] as number) : weight
    total += weight
  }
  const influence = new Float64Array(weights.length)
  if (bottom === 0) return influence
  const value = top / bottom
  const scale = total / bottom
  for (let row = 0; row < influence.length; row++)
    influence[row] = scale * ((over[row] as number) - (under ? value * (under[row] as number) : value))
  return influence
}

/** The standard error that influences give a metric: √(Σ wᵢ² ψᵢ²) / Σ wᵢ. */
export function influenceError(influence: Float64Array, weights: Float64Array): number {
  let [square, total] = [0, 0]
  for (let row = 0; row < influence.length; row++) {
    const weight = weights[row] as number
    square += (weight * (influence[row] as number)) ** 2
    total += weight
  }
  return Math.sqrt(square) / total
}
