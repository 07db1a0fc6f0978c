import type { Ids } from '#platform'

/**
 * Ids of predictions at the price of a counter: one of `ids` for each millisecond, whose last four places count.
 * They are unique, and sort by time, like those that they are made of.
 */
export function predictionIds(ids: Ids, clock: { now(): number }): () => string {
  let prefix = ''
  let atMs = NaN
  let count = 0
  return () => {
    const nowMs = clock.now()
    if (nowMs !== atMs || count === most) {
      prefix = ids.next('prediction').slice(0, -4)
      atMs = nowMs
      count = 0
    }
    const number = count++
    return prefix + digit(number >> 15) + digit(number >> 10) + digit(number >> 5) + digit(number)
  }
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const digit = (value: number): string => alphabet[value & 31] as string
const most = 32 ** 4
