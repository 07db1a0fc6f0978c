import type { Estimate, Interval } from '#evaluation'
import type { MonitorSpec } from '#system'
import type { Signal, WindowReport } from './schema.ts'

/** What was promised and what came true of one window. */
interface Outturn {
  readonly window: WindowReport
  readonly rows: number
  readonly realised: Estimate
}

/** The 97.5 % point of the standard normal distribution. */
const normal95 = 1.959963984540054

/**
 * A `decay` signal, or null: the version has earned less than its evaluation promised for long enough.
 *
 * The money per so many rows is compared, or the primary metric where there is no cost. Of the last
 * `monitor.performance.windows` windows of this version with known outcomes, this one last, each must be worse than promised
 * by more than `worseBy` of the promise; and their mean, weighted by rows, must be worse than the promise by more than 1.96
 * standard errors of the two together, so that small windows alone never raise it.
 */
export function judgeDecay(
  { performance: { worseBy, windows } }: Pick<MonitorSpec, 'performance'>,
  history: readonly WindowReport[],
  window: WindowReport,
): Signal | null {
  const promise = promiseOf(window)
  if (!promise) return null
  const { name, sign, interval } = promise
  const before = history
    .filter((one) => one.versionId === window.versionId && one.startMs < window.startMs)
    .sort((a, b) => a.startMs - b.startMs)
  const outturns = [...before, window].flatMap((one) => outturnOf(one, name) ?? [])
  const last = outturns.slice(-windows)
  if (last.at(-1)?.window !== window || last.length < windows) return null
  const allowed = interval.value + sign * worseBy * Math.abs(interval.value)
  if (!last.every(({ realised }) => sign * (realised.value - allowed) > 0)) return null
  const pooled = pool(last)
  const promiseError = (interval.high - interval.low) / (2 * normal95)
  const gap = sign * (pooled.value - interval.value)
  if (gap <= normal95 * Math.hypot(pooled.error, promiseError)) return null
  const relative = gap / Math.abs(interval.value)
  const { system, versionId, startMs, endMs } = window
  return {
    kind: 'decay',
    system,
    versionId,
    startMs,
    endMs,
    severity: 'critical',
    statement:
      `${name} was ${short(pooled.value)} in the last ${windows === 1 ? 'window' : `${windows} windows`}, ` +
      `${short(100 * relative)} % worse than the ${short(interval.value)} that the evaluation promised`,
    evidence: {
      metric: name,
      promised: interval.value,
      promisedLow: interval.low,
      promisedHigh: interval.high,
      realised: pooled.value,
      realisedError: pooled.error,
      rows: pooled.rows,
      worseBy,
      allowed,
      windows: last.map(({ window: { startMs, endMs }, rows, realised }) => ({ startMs, endMs, rows, ...realised })),
    },
  }
}

/** The money where it was promised and came true, else the primary metric. */
function promiseOf({ realised, expected, expectedCostPer }: WindowReport) {
  if (!realised) return null
  if (expectedCostPer && realised.costPer) return { name: 'expected-cost', sign: 1, interval: expectedCostPer }
  if (!expected || !realised.metrics[expected.name]) return null
  const interval: Interval = expected
  return { name: expected.name, sign: expected.better === 'lower' ? 1 : -1, interval }
}

function outturnOf(window: WindowReport, metric: string): Outturn | null {
  const { realised } = window
  const found = metric === 'expected-cost' ? realised?.costPer : realised?.metrics[metric]
  return realised && found ? { window, rows: realised.rows, realised: found } : null
}

function pool(outturns: readonly Outturn[]): { value: number; error: number; rows: number } {
  const rows = outturns.reduce((sum, outturn) => sum + outturn.rows, 0)
  let [value, variance] = [0, 0]
  for (const { rows: own, realised } of outturns) {
    const share = own / rows
    const error = realised.low === null || realised.high === null ? 0 : (realised.high - realised.low) / (2 * normal95)
    value += share * realised.value
    variance += (share * error) ** 2
  }
  return { value, error: Math.sqrt(variance), rows }
}

const short = (value: number): string => String(Number(value.toPrecision(4))).replace('-', '−')
