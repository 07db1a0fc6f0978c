import type { Random } from '#platform'
import { numericThresholds } from './numeric-thresholds.ts'
import type { TreeColumn, TreeParams } from './schema.ts'

/**
 * How the values of one column fall into histogram bins. Bin 0 is that of missing values.
 *
 * Numeric: bin k ≥ 1 holds thresholds[k − 2] < value ≤ thresholds[k − 1], open at both ends.
 * Categorical: bin k ≥ 1 holds the category `codes[k − 1]`; the last bin holds every category too rare to judge.
 * A column `tells` when its rows fall into more than one bin, so that it can split them.
 */
export type FeatureBins =
  | { readonly kind: 'numeric'; readonly thresholds: Float32Array; readonly binCount: number; readonly tells: boolean }
  | { readonly kind: 'categorical'; readonly codes: Int32Array; readonly binCount: number; readonly tells: boolean }

/** Chooses the bins of a column from its values; numeric ones from at most 200,000 rows. */
export function fitBins(column: TreeColumn, params: TreeParams, random: Random): FeatureBins {
  if (column.kind === 'categorical') return categoryBins(column, params)
  const thresholds = numericThresholds(sampleOf(column.values, random), params.bins)
  const tells = thresholds.length > 0 || column.values.some((value) => Number.isNaN(value))
  return { kind: 'numeric', thresholds, binCount: thresholds.length + 2, tells }
}

/** One row of each of `sampleRows` equal stretches, without the missing ones. */
function sampleOf(values: Float32Array, random: Random): Float32Array {
  const stretch = Math.max(1, values.length / sampleRows)
  const sample = new Float32Array(Math.min(values.length, sampleRows))
  let kept = 0
  for (let i = 0; i < sample.length; i++) {
    const place = stretch === 1 ? i : Math.min(values.length - 1, Math.floor((i + random.next()) * stretch))
    const value = values[place] as number
    if (!Number.isNaN(value)) sample[kept++] = value
  }
  return sample.subarray(0, kept)
}

const sampleRows = 200_000

/**
 * The commonest categories, until they cover 99 % of the rows or, where they are few, as long as they have rows enough
 * for a split to choose them.
 */
function categoryBins(column: TreeColumn & { kind: 'categorical' }, params: TreeParams): FeatureBins {
  const counts = new Int32Array(column.categoryCount)
  for (const code of column.codes) if (code >= 0 && code < counts.length) counts[code] = (counts[code] as number) + 1
  const seen = Array.from(counts.keys()).filter((code) => (counts[code] as number) > 0)
  const fewestRows = seen.length > params.oneAgainstRestUpTo ? params.categorySmooth : 1
  const common = seen
    .filter((code) => (counts[code] as number) >= fewestRows)
    .sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
  const known = counts.reduce((sum, count) => sum + count, 0)
  let covered = 0
  const kept = common.filter((code, place) => {
    const isWanted = place < fewCategories || (covered < known * 0.99 && place < mostCategories)
    covered += counts[code] as number
    return isWanted
  })
  return { kind: 'categorical', codes: Int32Array.from(kept), binCount: kept.length + 2, tells: kept.length > 0 }
}

const fewCategories = 254
const mostCategories = 65_000
