import { numberBetween } from './number-between.ts'

/** Values in ascending order, and how often each occurs. */
export interface Occurrences {
  readonly values: ArrayLike<number>
  readonly counts: ArrayLike<number>
}

/**
 * Edges between values, such that each bin holds about the same number of them. With at most `bins` distinct values
 * each has a bin of its own; with more, so has a value that fills a bin by itself, and the rest is shared out evenly.
 * So there can be a few more bins than asked for, at most twice as many. An edge is the roundest number halfway between two values.
 *
 * @param occurrences distinct values, ascending, each count > 0
 * @returns ascending edges, fewer than there are values; none for a single value
 */
export function evenEdges({ values, counts }: Occurrences, bins: number): number[] {
  const rows = sumOf(counts)
  const each = values.length <= bins
  const share = rows / bins
  const edges: number[] = []
  let [held, left, binsLeft] = [0, rows, bins]
  for (let place = 0; place < values.length; place++) {
    const count = counts[place] as number
    const isFull = held > 0 && held + count / 2 > left / Math.max(1, binsLeft)
    const isAlone = each || count >= share || (held > 0 && (counts[place - 1] as number) >= share)
    if (place > 0 && (isFull || isAlone)) {
      edges.push(numberBetween(values[place - 1] as number, values[place] as number))
      left -= held
      held = 0
      binsLeft--
    }
    held += count
  }
  return edges
}

function sumOf(counts: ArrayLike<number>): number {
  let sum = 0
  for (let place = 0; place < counts.length; place++) sum += counts[place] as number
  return sum
}
