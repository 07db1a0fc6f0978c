/**
 * Boundaries that cut values into at most `most` bins of about equally many, equal values never apart.
 *
 * A value so frequent that it fills a bin gets one to itself, and the others share what is left. Each boundary is a
 * float32 halfway between two neighbouring values, `lower ≤ boundary < upper`, so `value ≤ boundary` tells them apart
 * in float32 as it does in float64. Fewer than three values never make a bin of their own.
 *
 * @param values without NaN, in any order; sorted in place
 * @returns boundaries in rising order, shape [bins − 1]
 * @see LightGBM's GreedyFindBin
 */
export function numericThresholds(values: Float32Array, most: number): Float32Array {
  const { distinct, counts } = countDistinct(values.sort())
  const limit = Math.max(1, Math.min(most, Math.floor(values.length / fewest)))
  const isCut = distinct.length <= most ? cutBetweenAll(counts) : cutEqually(counts, { limit, total: values.length })
  const thresholds: number[] = []
  for (let i = 0; i + 1 < distinct.length; i++)
    if (isCut[i]) thresholds.push(halfway(distinct[i] as number, distinct[i + 1] as number))
  return Float32Array.from(thresholds)
}

/** Fewest values in a bin, where there are so many (min_data_in_bin). */
const fewest = 3

function countDistinct(sorted: Float32Array): { distinct: readonly number[]; counts: readonly number[] } {
  const distinct: number[] = []
  const counts: number[] = []
  for (let from = 0, i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i] === sorted[from]) continue
    distinct.push(sorted[from] as number)
    counts.push(i - from)
    from = i
  }
  return { distinct, counts }
}

/** A cut after every distinct value, as soon as the bin before it holds enough. */
function cutBetweenAll(counts: readonly number[]): readonly boolean[] {
  let inBin = 0
  return counts.map((count) => {
    inBin += count
    if (inBin < fewest) return false
    inBin = 0
    return true
  })
}

function cutEqually(
  counts: readonly number[],
  { limit, total }: { readonly limit: number; readonly total: number },
): readonly boolean[] {
  const isBig = counts.map((count) => count >= total / limit)
  let binsLeft = limit - isBig.filter(Boolean).length
  let left = total - counts.reduce((sum, count, i) => sum + (isBig[i] ? count : 0), 0)
  let share = left / binsLeft
  let inBin = 0
  let made = 1
  return counts.map((count, i) => {
    if (!isBig[i]) left -= count
    inBin += count
    const isFull = isBig[i] || inBin >= share || (isBig[i + 1] && inBin >= Math.max(1, share / 2))
    if (!isFull || made >= limit) return false
    made++
    inBin = 0
    if (!isBig[i]) share = left / --binsLeft
    return true
  })
}

function halfway(lower: number, upper: number): number {
  const middle = Math.fround(lower / 2 + upper / 2)
  return middle >= lower && middle < upper ? middle : lower
}
