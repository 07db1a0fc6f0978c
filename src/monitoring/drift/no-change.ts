import type { CumulativePair } from './spread-histogram.ts'

/** What a statistic does when nothing has changed and only the draw of the rows differs. */
export interface NoChange {
  /** Its mean. */
  readonly expected: number
  /** What it exceeds in one window of 1,000. */
  readonly noise: number
}

/** The 99.9 % point of the standard normal distribution. */
const normal999 = 3.090232306167813

/**
 * A sum over bins, Σ part(rᵢ, cᵢ), of two samples of one distribution.
 *
 * The distribution is taken to be that of both samples together. Each bin of the smaller sample, s rows, is Poisson: its
 * mean and variance are summed up term by term where few rows are expected in it, and are those of χ² elsewhere (the part is
 * `curvature` · (c − r)² / p to second order). The larger sample, l rows, adds its own share: both grow by 1 + s/l. Of b bins
 * only b − 1 are free. The 99.9 % point is that of a gamma distribution with this mean and variance (Wilson & Hilferty 1931).
 *
 * @param part what a bin adds, of its two proportions
 * @param curvature ⅛ for the Jensen-Shannon divergence, 1 for the population stability index
 */
export function binsWithoutChange(
  counts: { readonly reference: readonly number[]; readonly current: readonly number[] },
  part: (reference: number, current: number) => number,
  curvature: number,
): NoChange {
  const referenceRows = sumOf(counts.reference)
  const currentRows = sumOf(counts.current)
  const smaller = Math.min(referenceRows, currentRows)
  const growth = 1 + smaller / Math.max(referenceRows, currentRows)
  let [mean, variance, bins] = [0, 0, 0]
  counts.reference.forEach((count, bin) => {
    const share = (count + (counts.current[bin] as number)) / (referenceRows + currentRows)
    if (share === 0) return
    bins++
    const frequent = share * smaller > 50
    const [binMean, binVariance] = frequent
      ? [curvature / smaller, 2 * (curvature / smaller) ** 2]
      : poissonMoments(share, smaller, part)
    mean += growth * binMean
    variance += growth ** 2 * binVariance
  })
  const free = (bins - 1) / bins
  return { expected: free * mean, noise: gammaPoint(free * mean, free * variance) }
}

/**
 * The Kolmogorov-Smirnov statistic of two samples of one continuous distribution: √(1/n + 1/m) times the mean, 0.8687, and
 * the 99.9 % point, 1.9495, of Kolmogorov's distribution. Ties and bins only make it less.
 */
export function gapWithoutChange(referenceRows: number, currentRows: number): NoChange {
  const scale = Math.sqrt(1 / referenceRows + 1 / currentRows)
  return { expected: Math.sqrt(Math.PI / 2) * Math.LN2 * scale, noise: 1.9495 * scale }
}

/**
 * The Wasserstein distance of two samples of one distribution: E W₁ = √(2/π) √(1/n + 1/m) ∫ √(F (1 − F)) dx. Its 99.9 % point
 * is at most 3.2905 √(1/n + 1/m) ∫ √(F (1 − F)) dx, reached when the deviations at all places rise and fall together.
 */
export function areaWithoutChange(
  { places, reference, current }: CumulativePair,
  referenceRows: number,
  currentRows: number,
): NoChange {
  const scale = Math.sqrt(1 / referenceRows + 1 / currentRows)
  const whole = referenceRows + currentRows
  const spread = places.map((_, place) => {
    const share = ((reference[place] as number) * referenceRows + (current[place] as number) * currentRows) / whole
    return Math.sqrt(Math.max(0, share * (1 - share)))
  })
  let integral = 0
  for (let i = 1; i < places.length; i++)
    integral +=
      (((places[i] as number) - (places[i - 1] as number)) * ((spread[i] as number) + (spread[i - 1] as number))) / 2
  return { expected: Math.sqrt(2 / Math.PI) * scale * integral, noise: 3.2905 * scale * integral }
}

/** Mean and variance of a bin's part when its count is Poisson with mean share · rows. */
function poissonMoments(
  share: number,
  rows: number,
  part: (reference: number, current: number) => number,
): [mean: number, variance: number] {
  const mean = share * rows
  const most = Math.ceil(mean + 8 * Math.sqrt(mean) + 8)
  let chance = Math.exp(-mean)
  let [first, second] = [0, 0]
  for (let count = 0; count <= most; count++) {
    if (count > 0) chance *= mean / count
    const value = part(share, count / rows)
    first += chance * value
    second += chance * value ** 2
  }
  return [first, Math.max(0, second - first ** 2)]
}

function gammaPoint(mean: number, variance: number): number {
  if (mean <= 0 || variance <= 0) return mean
  const part = variance / (9 * mean ** 2)
  return mean * Math.max(0, 1 - part + normal999 * Math.sqrt(part)) ** 3
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
