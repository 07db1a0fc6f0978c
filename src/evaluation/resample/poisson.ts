import type { Random } from '#platform'

/**
 * A draw from the Poisson distribution.
 *
 * By inversion up to a mean of 12; above it the rounded normal with the same mean and variance, whose error is lost among
 * the hundreds of cells that a resample adds up.
 *
 * @param mean ≥ 0
 */
export function poisson(random: Random, mean: number): number {
  if (mean > 12) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()))
  let term = Math.exp(-mean)
  let below = term
  const point = random.next()
  let count = 0
  while (point >= below && count < 100) {
    count++
    term *= mean / count
    below += term
  }
  return count
}
