import type { ColumnProfile } from '#quality'
import type { MonitorSpec } from '#system'
import { fail } from '../failures.ts'
import type { ColumnDrift, DriftMethod } from '../schema.ts'
import { columnFindings, vanishedFinding } from './column-findings.ts'
import { jensenShannonDistance, jensenShannonPart } from './jensen-shannon.ts'
import { gapBetween } from './kolmogorov-smirnov.ts'
import { areaWithoutChange, binsWithoutChange, gapWithoutChange, type NoChange } from './no-change.ts'
import { proportionsOf } from './same-bins.ts'
import { cumulativePair, type CumulativePair } from './spread-histogram.ts'
import { stabilityIndex, stabilityPart } from './stability-index.ts'
import { areaBetween } from './wasserstein.ts'

interface Measured extends NoChange {
  readonly statistic: number
  readonly excess: number
}

/**
 * How far one column has moved from the reference.
 *
 * Rows without a value are a bin of their own for `jensen-shannon` (base 2) and `population-stability`; columns that are
 * counted by value always use one of these two. `wasserstein` is in standard deviations of the reference. Moments in time
 * are compared by their nulls alone: time moves on.
 *
 * A small window differs from the reference by chance. So the statistic must exceed what it would be in all but one of
 * 1,000 windows without any change, and what exceeds its mean without change (in squares for the distances) must reach the
 * threshold: the threshold means the same for 200 rows as for 2,000,000.
 *
 * @param current null where the column is gone
 * @throws {Failure} `monitoring/binsDiffer` when the binnings differ
 */
export function driftOf(
  reference: ColumnProfile,
  current: ColumnProfile | null,
  { drift: { method: asked, threshold } }: Pick<MonitorSpec, 'drift'>,
): ColumnDrift {
  const method = methodFor(reference, current, asked)
  const base = { column: reference.column, method, threshold, referenceRows: reference.rows }
  const still = { statistic: null, expected: 0, noise: 0, excess: 0 }
  if (current === null)
    return { ...base, ...still, drifted: true, findings: [vanishedFinding(reference.column)], currentRows: 0 }
  needsSameBinning(reference, current)
  const sized = { ...base, currentRows: current.rows }
  if (reference.rows === 0 || current.rows === 0) return { ...sized, ...still, drifted: false, findings: [] }
  const timeless = reference.type !== 'timestamp'
  const findings = columnFindings(reference, current).filter((finding) => timeless || finding.kind === 'nulls')
  const measured = timeless ? measures[method](reference, current) : null
  const moved = measured !== null && measured.excess >= threshold && measured.statistic > measured.noise
  const drifted = moved || findings.some((finding) => finding.severity !== 'info')
  return { ...sized, ...(measured ?? still), drifted, findings }
}

/** Distances along a scale need one, and values on it in both windows. */
function methodFor(reference: ColumnProfile, current: ColumnProfile | null, asked: DriftMethod): DriftMethod {
  if (asked === 'jensen-shannon' || asked === 'population-stability') return asked
  const scaled = reference.binning.kind === 'edges' && [reference, current].every((profile) => profile?.min != null)
  return scaled ? asked : 'jensen-shannon'
}

const measures: Readonly<Record<DriftMethod, (reference: ColumnProfile, current: ColumnProfile) => Measured>> = {
  'jensen-shannon': (reference, current) => {
    const [before, now] = [withNulls(reference), withNulls(current)]
    const { expected, noise } = binsWithoutChange({ reference: before, current: now }, jensenShannonPart, 1 / 8)
    const distance = (divergence: number): number => Math.sqrt(divergence / Math.LN2)
    return beyond(jensenShannonDistance(proportionsOf(before), proportionsOf(now)), {
      expected: distance(expected),
      noise: distance(noise),
    })
  },
  'population-stability': (reference, current) => {
    const [before, now] = [withNulls(reference), withNulls(current)]
    const { expected, noise } = binsWithoutChange({ reference: before, current: now }, stabilityPart, 1)
    const statistic = stabilityIndex(proportionsOf(before), proportionsOf(now))
    return { statistic, expected, noise, excess: Math.max(0, statistic - expected) }
  },
  wasserstein: (reference, current) => {
    const pair = pairOf(reference, current)
    const { expected, noise } = areaWithoutChange(pair, known(reference), known(current))
    const unit = Math.max(deviation(reference), 0.001)
    return beyond(areaBetween(pair) / unit, { expected: expected / unit, noise: noise / unit })
  },
  'kolmogorov-smirnov': (reference, current) =>
    beyond(gapBetween(pairOf(reference, current)), gapWithoutChange(known(reference), known(current))),
}

/** Chance and change add up in squares. */
function beyond(statistic: number, { expected, noise }: NoChange): Measured {
  return { statistic, expected, noise, excess: Math.sqrt(Math.max(0, statistic ** 2 - expected ** 2)) }
}

function pairOf(reference: ColumnProfile, current: ColumnProfile): CumulativePair {
  const spread = ({ binning, counts, min, max }: ColumnProfile) => ({
    edges: binning.kind === 'edges' ? binning.edges : [],
    counts,
    min: min as number,
    max: max as number,
  })
  return cumulativePair(spread(reference), spread(current))
}

const known = (profile: ColumnProfile): number => profile.rows - profile.nulls

const withNulls = (profile: ColumnProfile): number[] => [...profile.counts, profile.nulls]

/** Standard deviation of a column, of all its values. */
function deviation(profile: ColumnProfile): number {
  const mean = profile.sum / known(profile)
  return Math.sqrt(Math.max(0, profile.sumSquares / known(profile) - mean ** 2))
}

function needsSameBinning(reference: ColumnProfile, current: ColumnProfile): void {
  const bins = ({ binning }: ColumnProfile): readonly (number | string)[] =>
    binning.kind === 'edges' ? binning.edges : binning.values
  const [before, now] = [bins(reference), bins(current)]
  const same =
    reference.binning.kind === current.binning.kind &&
    before.length === now.length &&
    before.every((bin, place) => bin === now[place])
  if (!same) throw fail('binsDiffer', `Cannot compare the profiles of '${reference.column}': their binnings differ`)
}
