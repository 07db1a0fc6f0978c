import type { TreeParams } from './schema.ts'
import { leafGain } from './split.ts'
import type { LeafSums, Split } from './split.ts'

/** A column's part of a leaf's histogram. */
export interface BinSums {
  /** Gradient and hessian of each bin in turn; bin 0 is that of missing values. */
  readonly sums: Float64Array
  /** Place of the column's first sum. */
  readonly from: number
  readonly binCount: number
  /** Place of the column among the spans. */
  readonly span: number
}

/**
 * The best threshold of a numeric column, missing values tried on both sides; undefined where no threshold leaves
 * enough rows on both sides. Rows of a bin are told from its share of the hessian, as LightGBM does.
 *
 * Where the leaf has no missing values, later ones go to the larger side.
 */
export function splitNumeric(column: BinSums, leaf: LeafSums, params: TreeParams): Split | undefined {
  const missing = { gradient: column.sums[column.from] as number, hessian: column.sums[column.from + 1] as number }
  const hasMissing = missing.hessian * leaf.rows >= leaf.hessian / 2
  const options = { least: leastHessian(leaf, params), l2: params.l2, missing }
  const right = scan(column, leaf, { ...options, missingLeft: false, lastBin: column.binCount - (hasMissing ? 1 : 2) })
  const left = hasMissing && scan(column, leaf, { ...options, missingLeft: true, lastBin: column.binCount - 2 })
  const best = left && left.gain > right.gain ? left : right
  if (best.gain === -Infinity) return undefined
  return {
    ...best,
    kind: 'threshold',
    span: column.span,
    gain: best.gain - leafGain(leaf.gradient, leaf.hessian, params.l2),
    l2: params.l2,
    missingLeft: hasMissing ? best === left : best.leftHessian * 2 >= leaf.hessian,
  }
}

/** Smallest hessian that a side of a split may have, so that it holds about the fewest rows allowed. */
export function leastHessian(leaf: LeafSums, { minLeafRows, minLeafHessian }: TreeParams): number {
  return Math.max(minLeafHessian, ((minLeafRows - 0.5) * leaf.hessian) / leaf.rows)
}

interface ScanOptions {
  readonly least: number
  readonly l2: number
  readonly missing: { readonly gradient: number; readonly hessian: number }
  readonly missingLeft: boolean
  readonly lastBin: number
}

function scan({ sums, from }: BinSums, leaf: LeafSums, options: ScanOptions) {
  const { least, l2, missing, missingLeft, lastBin } = options
  const { gradient: allGradient, hessian: allHessian } = leaf
  let gradient = missingLeft ? missing.gradient : 0
  let hessian = missingLeft ? missing.hessian : 0
  const best = { gain: -Infinity, lastLeftBin: 0, leftGradient: 0, leftHessian: 0 }
  for (let bin = 1; bin <= lastBin; bin++) {
    gradient += sums[from + 2 * bin] as number
    hessian += sums[from + 2 * bin + 1] as number
    if (hessian < least) continue
    const otherHessian = allHessian - hessian
    if (otherHessian < least) break
    const otherGradient = allGradient - gradient
    const gain = (gradient * gradient) / (hessian + l2) + (otherGradient * otherGradient) / (otherHessian + l2)
    if (gain > best.gain) {
      best.gain = gain
      best.lastLeftBin = bin
      best.leftGradient = gradient
      best.leftHessian = hessian
    }
  }
  return best
}
