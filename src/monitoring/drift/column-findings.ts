import type { ColumnProfile } from '#quality'
import type { DriftFinding, SignalSeverity } from '../schema.ts'

/** Two-sided 99.9 % point of the standard normal distribution. */
const certain = 3.2905

/** From these shares of the rows on, a finding is more than a note, and grave. */
const graveShares: readonly [warn: number, critical: number] = [0.01, 0.1]

/** From these changes of the share of nulls on, a finding is more than a note, and grave. */
const graveNulls: readonly [warn: number, critical: number] = [0.05, 0.2]

/**
 * What a distance between histograms can hide: a changed share of nulls, values never seen, values out of range. None is left
 * out for being small: size sets the severity, and where chance explains it (one window in 1,000) it is but a note.
 *
 * @param reference and @param current profiles with the same binning, both with rows
 */
export function columnFindings(reference: ColumnProfile, current: ColumnProfile): DriftFinding[] {
  const found = [nullFinding(reference, current)]
  if (reference.nulls < reference.rows && current.nulls < current.rows)
    found.push(
      reference.binning.kind === 'values' ? unseenFinding(reference, current) : rangeFinding(reference, current),
    )
  return found.filter((finding) => finding !== null)
}

/** The finding that a column of the reference is not there at all. */
export function vanishedFinding(column: string): DriftFinding {
  return { kind: 'vanished', severity: 'critical', statement: `${column} is gone`, facts: {} }
}

function nullFinding(reference: ColumnProfile, current: ColumnProfile): DriftFinding | null {
  const [before, now] = [reference.nulls / reference.rows, current.nulls / current.rows]
  const certainly = differs([reference.nulls, reference.rows], [current.nulls, current.rows])
  const firstEver = before === 0 && now > 0
  if (!certainly && !firstEver) return null
  return {
    kind: 'nulls',
    severity: certainly ? severityOf(Math.abs(now - before), graveNulls) : 'info',
    statement: `${percent(now)} of ${current.column} has no value, ${percent(before)} in the reference`,
    facts: { before, now, referenceRows: reference.rows, currentRows: current.rows },
  }
}

/**
 * The chance of a value never seen is the share of rows whose value was seen once (Good & Turing 1953). Where the reference
 * has uncounted values too, the shares of uncounted values are compared.
 */
function unseenFinding(reference: ColumnProfile, current: ColumnProfile): DriftFinding | null {
  const [others, seen] = [reference.counts.at(-1) ?? 0, current.counts.at(-1) ?? 0]
  const [before, now] = [others / reference.rows, seen / current.rows]
  if (others > 0 ? !differs([others, reference.rows], [seen, current.rows]) || now < before : seen === 0) return null
  const once = reference.counts.filter((count) => count === 1).length
  const chance = (current.rows * once) / reference.rows
  const certainly = others > 0 || seen > upTo(chance)
  const what =
    others > 0 ? 'a value that is rare in the reference or not in it' : 'a value that the reference does not have'
  return {
    kind: 'unseen-values',
    severity: certainly ? severityOf(now - before, graveShares) : 'info',
    statement: `${percent(now)} of ${current.column} is ${what}${others > 0 ? `, ${percent(before)} there` : ''}`,
    facts: { before, now, referenceRows: reference.rows, currentRows: current.rows },
  }
}

/**
 * The share beyond the greatest of n values is more than 1 − 0.0005^(1/n) in one case of 2,000, as it is below the least. How
 * many rows lie outside is known only where the binning ends at the reference's extremes; elsewhere the finding is a note.
 */
function rangeFinding(reference: ColumnProfile, current: ColumnProfile): DriftFinding | null {
  const [low, high] = [reference.min, reference.max]
  if (low === null || high === null || current.min === null || current.max === null) return null
  if (current.min >= low && current.max <= high) return null
  const last = reference.counts.length - 1
  const sides = [
    ...(current.min < low ? [rowsBeyond(reference, current, 0)] : []),
    ...(current.max > high ? [rowsBeyond(reference, current, last)] : []),
  ]
  const known = sides.every((rows) => rows !== null)
  const rows = sides.reduce((sum: number, side) => sum + (side ?? 0), 0)
  const share = known ? rows / current.rows : null
  const chance = sides.length * current.rows * (1 - 0.0005 ** (1 / (reference.rows - reference.nulls)))
  const reach = `from ${shortNumber(current.min)} to ${shortNumber(current.max)}`
  const much = share === null ? '' : `: ${percent(share)} of its rows lie outside`
  return {
    kind: 'out-of-range',
    severity: share !== null && rows > upTo(chance) ? severityOf(share, graveShares) : 'info',
    statement: `${current.column} reaches ${reach}, ${shortNumber(low)} to ${shortNumber(high)} in the reference${much}`,
    facts: { share, low: current.min, high: current.max, referenceLow: low, referenceHigh: high },
  }
}

/**
 * Rows in an outermost bin that the reference does not account for: all of them where it has none there. A last bin that
 * begins at the greatest value holds that value too, which some rows of the reference have; their share is taken off. Null
 * where the bin reaches into the range of the reference.
 */
function rowsBeyond(reference: ColumnProfile, current: ColumnProfile, bin: number): number | null {
  const [before, now] = [reference.counts[bin] as number, current.counts[bin] as number]
  const { binning } = reference
  const atExtreme = bin > 0 && binning.kind === 'edges' && binning.edges.at(-1) === reference.max
  if (before > 0 && !atExtreme) return null
  return Math.max(0, now - (before * current.rows) / reference.rows)
}

/** What a count with this mean hardly ever exceeds. */
const upTo = (mean: number): number => mean + certain * Math.sqrt(mean) + 1

/** Whether two shares differ by more than chance: |z| of the pooled two-proportion test. */
function differs([a, n]: [number, number], [b, m]: [number, number]): boolean {
  const pooled = (a + b) / (n + m)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
  return error > 0 && Math.abs(a / n - b / m) / error > certain
}

function severityOf(size: number, [warn, critical]: readonly [number, number]): SignalSeverity {
  if (size >= critical) return 'critical'
  return size >= warn ? 'warn' : 'info'
}

const percent = (share: number): string => `${shortNumber(100 * share)} %`

const shortNumber = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '−')
