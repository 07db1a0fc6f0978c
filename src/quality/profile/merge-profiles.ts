import type { Binning, ColumnProfile } from '../schema.ts'
import { fail } from '../failures.ts'
import { plainNumber } from './tally.ts'

/**
 * The profile of several windows of one column together: counts and sums are added in the given order, and the span
 * reaches from the first start to the last end.
 *
 * @throws {Failure} `quality/profilesDiffer` when they are of different columns or types, or their binnings differ
 * @throws RangeError without a profile
 */
export function mergeProfiles(profiles: readonly ColumnProfile[]): ColumnProfile {
  const [first, ...others] = profiles
  if (!first) throw new RangeError('Cannot add profiles: there is none')
  return others.reduce(add, first)
}

function add(a: ColumnProfile, b: ColumnProfile): ColumnProfile {
  needsSame(a, b)
  return {
    ...a,
    startMs: Math.min(a.startMs, b.startMs),
    endMs: Math.max(a.endMs, b.endMs),
    rows: a.rows + b.rows,
    nulls: a.nulls + b.nulls,
    counts: a.counts.map((count, bin) => count + (b.counts[bin] as number)),
    min: outermost(Math.min, [a.min, b.min]),
    max: outermost(Math.max, [a.max, b.max]),
    sum: plainNumber(a.sum + b.sum),
    sumSquares: plainNumber(a.sumSquares + b.sumSquares),
  }
}

function outermost(of: (...values: number[]) => number, values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : of(...known)
}

function needsSame(a: ColumnProfile, b: ColumnProfile): void {
  if (a.column !== b.column || a.type !== b.type)
    throw fail(
      'profilesDiffer',
      `Cannot add profiles: one is of '${a.column}' (${a.type}), another of '${b.column}' (${b.type})`,
    )
  if (!isSameBinning(a.binning, b.binning))
    throw fail('profilesDiffer', `Cannot add profiles of '${a.column}': their binnings differ`)
}

function isSameBinning(a: Binning, b: Binning): boolean {
  if (a === b) return true
  const bins = (binning: Binning): readonly (number | string)[] =>
    binning.kind === 'edges' ? binning.edges : binning.values
  const [left, right] = [bins(a), bins(b)]
  return a.kind === b.kind && left.length === right.length && left.every((bin, place) => bin === right[place])
}
