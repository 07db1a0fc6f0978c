import type { ConfusionCell, Decisions, Truth } from './schema.ts'

/**
 * How many rows of each class were decided as each other: pairs that occur, in the order of the classes; every pair of a
 * binary task. Empty for numbers.
 */
export function confusionOf(decisions: Decisions, truth: Truth): ConfusionCell[] {
  if (decisions.kind === 'numbers' || truth.kind === 'numbers') return []
  const width = Math.max(decisions.classes.length, truth.classes.length)
  const names = truth.classes.length === width ? truth.classes : decisions.classes
  const counts = new Map<number, number>()
  if (width === 2) for (const pair of [0, 1, 2, 3]) counts.set(pair, 0)
  truth.labels.forEach((actual, row) => {
    const pair = actual * width + (decisions.labels[row] as number)
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  })
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([pair, rows]) => ({
      actual: names[Math.floor(pair / width)] as string,
      predicted: names[pair % width] as string,
      rows,
    }))
}
