import type { Column } from '#platform'
import type { Target } from '../schema.ts'

/**
 * How much of the target one column alone tells, on known rows.
 *
 * Classes: 1 − e / e₀, with e the errors of answering each group's most frequent class and e₀ those of always answering
 * the most frequent class. Numbers: the correlation ratio η² = 1 − SSwithin / SStotal over the groups, or r² where that
 * is more. Groups are the values of a text column, and at most {@link mostBins} bins of equal size of a number column;
 * rows in groups smaller than {@link fewest} tell nothing.
 *
 * @returns 0-1
 */
export function explainedShare(column: Column, target: Target): number {
  const rows = knownRows(target)
  const groups = column.kind === 'string' ? column.codes : binned(column.values, rows)
  if (target.kind === 'classes') return byMajority(groups, rows, target)
  const correlation = column.kind === 'number' ? correlationOf(column.values, target.values) : 0
  return Math.max(correlation ** 2, byMean(groups, rows, target.values))
}

const mostBins = 256
/** A smaller group is guessed right by chance too often. */
const fewest = 30

function knownRows(target: Target): number[] {
  const rows: number[] = []
  if (target.kind === 'classes') target.labels.forEach((label, row) => label >= 0 && rows.push(row))
  else target.values.forEach((value, row) => Number.isFinite(value) && rows.push(row))
  return rows
}

/** Bins of equal size; equal values share one, missing ones have their own (−1). */
function binned(values: Float64Array, rows: readonly number[]): Int32Array {
  const sorted = Float64Array.from(rows, (row) => values[row] as number)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const size = Math.max(fewest, Math.ceil(sorted.length / mostBins))
  const bins = new Int32Array(values.length).fill(-1)
  const starts: number[] = []
  for (let place = 0; place < sorted.length; place += size) {
    const start = sorted[place] as number
    if (starts.at(-1) !== start) starts.push(start)
  }
  for (const row of rows) {
    const value = values[row] as number
    if (!Number.isNaN(value)) bins[row] = lastAtMost(starts, value)
  }
  return bins
}

function lastAtMost(starts: readonly number[], value: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] as number) <= value) low = middle
    else high = middle - 1
  }
  return low
}

function byMajority(groups: Int32Array, rows: readonly number[], target: Target & { kind: 'classes' }): number {
  const counts = new Map<number, Map<number, number>>()
  const all = new Map<number, number>()
  for (const row of rows) {
    const group = groups[row] as number
    const label = target.labels[row] as number
    const inGroup = counts.get(group) ?? new Map<number, number>()
    counts.set(group, inGroup.set(label, (inGroup.get(label) ?? 0) + 1))
    all.set(label, (all.get(label) ?? 0) + 1)
  }
  const most = Math.max(0, ...all.values())
  const errors = rows.length - most
  if (errors === 0) return 0
  let left = 0
  for (const inGroup of counts.values()) {
    const sizes = [...inGroup.values()]
    const size = sizes.reduce((sum, count) => sum + count, 0)
    left += size < fewest ? (size * errors) / rows.length : size - Math.max(...sizes)
  }
  return Math.max(0, 1 - left / errors)
}

function byMean(groups: Int32Array, rows: readonly number[], values: Float64Array): number {
  const byGroup = new Map<number, number[]>()
  for (const row of rows) {
    const group = groups[row] as number
    const members = byGroup.get(group)
    if (members) members.push(values[row] as number)
    else byGroup.set(group, [values[row] as number])
  }
  const total = squares(rows.map((row) => values[row] as number))
  if (total === 0) return 0
  let within = 0
  for (const members of byGroup.values())
    within += members.length < fewest ? (members.length * total) / rows.length : squares(members)
  return Math.max(0, 1 - within / total)
}

/** Sum of the squared distances from the mean. */
function squares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
}

/** Pearson's correlation of the rows that have both values, −1 to 1; 0 where one of them is constant. */
function correlationOf(a: Float64Array, b: Float64Array): number {
  const rows = [...a.keys()].filter((row) => Number.isFinite(a[row]) && Number.isFinite(b[row]))
  const meanOf = (values: Float64Array) => rows.reduce((sum, row) => sum + (values[row] as number), 0) / rows.length
  const [meanA, meanB] = [meanOf(a), meanOf(b)]
  let [both, ofA, ofB] = [0, 0, 0]
  for (const row of rows) {
    const [da, db] = [(a[row] as number) - meanA, (b[row] as number) - meanB]
    both += da * db
    ofA += da * da
    ofB += db * db
  }
  return ofA === 0 || ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB)
}
