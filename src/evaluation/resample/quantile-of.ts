/**
 * The value at a share of the sorted values, linear between neighbours.
 * @param sorted ascending, at least one
 * @param share 0-1
 * @see Hyndman & Fan (1996), type 7; numpy's default
 */
export function quantileOf(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1)
  const low = Math.floor(place)
  const [a, b] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number]
  return a + (place - low) * (b - a)
}
