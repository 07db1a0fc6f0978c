import type { TreeParams } from './schema.ts'
import { leafGain } from './split.ts'
import type { LeafSums, Split } from './split.ts'
import { leastHessian } from './split-numeric.ts'
import type { BinSums } from './split-numeric.ts'

/**
 * The best set of categories to send left, undefined where none leaves enough rows on both sides.
 *
 * A column of few categories tries each against the rest. Otherwise categories with enough rows are ordered by
 * gradient / (hessian + smooth), and sets grow from either end. Missing values are a category like the others; the
 * bin of rare categories, in which unseen ones will fall, always goes right.
 *
 * @see Fisher (1958), doi:10.1080/01621459.1958.10501479, for why only neighbours in that order need to be tried
 */
export function splitCategorical(column: BinSums, leaf: LeafSums, params: TreeParams): Split | undefined {
  const isFew = column.binCount - 2 <= params.oneAgainstRestUpTo
  return isFew ? oneAgainstRest(column, leaf, params) : bestSet(column, leaf, params)
}

function oneAgainstRest({ sums, from, binCount, span }: BinSums, leaf: LeafSums, params: TreeParams) {
  const { l2 } = params
  const least = leastHessian(leaf, params)
  const parentGain = leafGain(leaf.gradient, leaf.hessian, l2)
  let best: Split | undefined
  for (let bin = 0; bin < binCount - 1; bin++) {
    const leftGradient = sums[from + 2 * bin] as number
    const leftHessian = sums[from + 2 * bin + 1] as number
    if (leftHessian < least || leaf.hessian - leftHessian < least) continue
    const rest = leafGain(leaf.gradient - leftGradient, leaf.hessian - leftHessian, l2)
    const gain = leafGain(leftGradient, leftHessian, l2) + rest - parentGain
    if (gain > (best?.gain ?? -Infinity))
      best = { kind: 'categories', span, gain, leftGradient, leftHessian, l2, leftBins: [bin] }
  }
  return best
}

function bestSet(column: BinSums, leaf: LeafSums, params: TreeParams): Split | undefined {
  const { lowest, highest } = outermostBins(column, leaf, params)
  const low = growSet(column, leaf, { params, bins: lowest })
  const high = growSet(column, leaf, { params, bins: highest })
  return high && high.gain > (low?.gain ?? -Infinity) ? high : low
}

/** Sets from one end of the order, larger and larger; parting a leaf is judged with the category penalty. */
function growSet(
  { sums, from, span }: BinSums,
  leaf: LeafSums,
  { params, bins }: { readonly params: TreeParams; readonly bins: ArrayLike<number> },
): Split | undefined {
  const l2 = params.l2 + params.categoryL2
  const least = leastHessian(leaf, params)
  const hessianOfRow = leaf.hessian / leaf.rows
  const group = params.minGroupRows * hessianOfRow
  const parentGain = leafGain(leaf.gradient, leaf.hessian, params.l2)
  const best = { gain: -Infinity, count: 0, leftGradient: 0, leftHessian: 0 }
  let leftGradient = 0
  let leftHessian = 0
  let inGroup = 0
  for (let i = 0; i < bins.length; i++) {
    const place = from + 2 * (bins[i] as number)
    leftGradient += sums[place] as number
    leftHessian += sums[place + 1] as number
    inGroup += sums[place + 1] as number
    if (leftHessian < least) continue
    const rightHessian = leaf.hessian - leftHessian
    if (rightHessian < least || rightHessian < group) break
    if (inGroup < group) continue
    inGroup = 0
    const gain = leafGain(leftGradient, leftHessian, l2) + leafGain(leaf.gradient - leftGradient, rightHessian, l2)
    if (gain > best.gain) Object.assign(best, { gain, count: i + 1, leftGradient, leftHessian })
  }
  if (best.count === 0) return undefined
  const { count, ...found } = best
  const leftBins = Array.from(bins).slice(0, count)
  return { ...found, kind: 'categories', span, gain: best.gain - parentGain, l2, leftBins }
}

/** The bins of either end of the order, outermost first: no more than a set can hold, and at most half of all. */
function outermostBins({ sums, from, binCount }: BinSums, leaf: LeafSums, params: TreeParams) {
  const least = ((params.categorySmooth - 0.5) * leaf.hessian) / leaf.rows
  const lowest = outermost(params.categoriesPerSplit)
  const highest = outermost(params.categoriesPerSplit)
  let count = 0
  for (let bin = 0; bin < binCount - 1; bin++) {
    const hessian = sums[from + 2 * bin + 1] as number
    if (hessian < least) continue
    const order = (sums[from + 2 * bin] as number) / (hessian + params.categorySmooth)
    lowest.offer(bin, order)
    highest.offer(bin, -order)
    count++
  }
  const most = (count + 1) >> 1
  return { lowest: lowest.bins(most), highest: highest.bins(most) }
}

/** Keeps the bins of smallest order, in order. */
function outermost(most: number) {
  const bins = new Int32Array(most)
  const orders = new Float64Array(most)
  let count = 0
  return {
    offer(bin: number, order: number): void {
      if (count === most && order >= (orders[most - 1] as number)) return
      let place = count < most ? count++ : most - 1
      for (; place > 0 && (orders[place - 1] as number) > order; place--) {
        orders[place] = orders[place - 1] as number
        bins[place] = bins[place - 1] as number
      }
      orders[place] = order
      bins[place] = bin
    },
    bins: (atMost: number): Int32Array => bins.subarray(0, Math.min(atMost, count)),
  }
}
