import type { Random } from '#platform'
import type { Sample } from '../sample/sample.ts'
import { poisson } from './poisson.ts'

/**
 * Calls `visit` with the weights of each of so many samples drawn from the sample.
 *
 * The Poisson bootstrap: each cell of n rows of weight w is drawn Poisson(n) times. It is the ordinary bootstrap but for
 * the size of a sample, which varies by its square root and cancels in every metric.
 *
 * @param visit must not keep the weights: they are overwritten
 * @see Chamandy et al. (2012), Estimating uncertainty for massive data streams
 */
export function resample(
  { counts, weights }: Pick<Sample, 'counts' | 'weights'>,
  { resamples, random }: { resamples: number; random: Random },
  visit: (weights: Float64Array) => void,
): void {
  const unit = weights.map((weight, cell) => weight / (counts[cell] as number))
  const drawn = new Float64Array(weights.length)
  for (let round = 0; round < resamples; round++) {
    for (let cell = 0; cell < drawn.length; cell++)
      drawn[cell] = poisson(random, counts[cell] as number) * (unit[cell] as number)
    visit(drawn)
  }
}
