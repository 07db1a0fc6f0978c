import type { MonitorSpec } from '#system'
import { judgeDecay } from './judge-decay.ts'
import type { ColumnDrift, Signal, WindowReport } from './schema.ts'

export interface JudgeWindowOptions {
  readonly monitor: MonitorSpec
  /** Earlier windows, in any order; those of other versions are passed over. */
  readonly history: readonly WindowReport[]
  readonly window: WindowReport
}

/**
 * The signals that a window calls for. A pure function.
 *
 * `drift` when at least `monitor.drift.share` of the inputs drifted (and one did), or what the model answers did. `decay` when
 * the realised cost has been worse than promised for long enough; see `judgeDecay`.
 */
export function judgeWindow({ monitor, history, window }: JudgeWindowOptions): readonly Signal[] {
  return [judgeDrift(monitor, window), judgeDecay(monitor, history, window)].filter((signal) => signal !== null)
}

function judgeDrift(monitor: MonitorSpec, window: WindowReport): Signal | null {
  const { drift, predictionDrift } = window
  const drifted = drift.filter((column) => column.drifted)
  const share = drift.length > 0 ? drifted.length / drift.length : 0
  const manyDrifted = drifted.length > 0 && share >= monitor.drift.share
  const answersDrifted = predictionDrift?.drifted === true
  if (!manyDrifted && !answersDrifted) return null
  const grave = [...drifted, ...(predictionDrift ? [predictionDrift] : [])].some(({ findings }) =>
    findings.some((finding) => finding.severity === 'critical'),
  )
  const parts = [
    ...(manyDrifted ? [`${drifted.length} of ${drift.length} inputs drifted: ${nameFew(drifted)}`] : []),
    ...(answersDrifted ? [`what the model answers drifted (${describe(predictionDrift)})`] : []),
  ]
  return {
    kind: 'drift',
    ...placeOf(window),
    severity: grave ? 'critical' : 'warn',
    statement: parts.join('; '),
    evidence: {
      rows: window.rows,
      share,
      shareThreshold: monitor.drift.share,
      method: monitor.drift.method,
      threshold: monitor.drift.threshold,
      inputs: drifted.map(evidenceOf),
      prediction: predictionDrift ? evidenceOf(predictionDrift) : null,
    },
  }
}

/** The window that a signal is about. */
const placeOf = ({ system, versionId, startMs, endMs }: WindowReport) => ({ system, versionId, startMs, endMs })

const nameFew = (columns: readonly ColumnDrift[]): string => {
  const named = columns.slice(0, 5).map((column) => `${column.column} (${describe(column)})`)
  return [...named, ...(columns.length > 5 ? [`${columns.length - 5} more`] : [])].join(', ')
}

/** The distance where it is what drifted, otherwise the gravest finding. */
function describe({ statistic, noise, excess, threshold, findings }: ColumnDrift): string {
  if (statistic !== null && excess >= threshold && statistic > noise) return statistic.toPrecision(2)
  const order = ['critical', 'warn', 'info']
  const [first] = [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  return first?.statement ?? 'no value'
}

const evidenceOf = ({ column, method, statistic, noise, excess, findings }: ColumnDrift) => ({
  column,
  method,
  statistic,
  noise,
  excess,
  findings: findings.map(({ kind, severity, statement }) => ({ kind, severity, statement })),
})
