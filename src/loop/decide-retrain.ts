import { durationMs, iso, type EpochMs } from '#platform'
import type { RetrainSpec } from '#system'

/** What was seen since the last training that may call for another one. */
export interface RaisedSignal {
  readonly kind: 'drift' | 'decay'
  readonly atMs: EpochMs
  readonly statement: string
}

export interface RetrainState {
  /** When the last training began; null before the first. */
  readonly lastTrainedMs: EpochMs | null
  /** Signals raised after that, oldest first. */
  readonly signals: readonly RaisedSignal[]
}

export interface RetrainRuling {
  readonly due: boolean
  readonly trigger: 'first' | 'schedule' | 'drift' | 'decay' | 'change' | 'asked' | 'none'
  readonly why: string
}

/**
 * Whether to train now. The first training is always due; then the schedule; then signals that the system listens to,
 * once the cooldown has passed.
 */
export function decideRetrain(policy: RetrainSpec, state: RetrainState, nowMs: EpochMs): RetrainRuling {
  const { lastTrainedMs } = state
  if (lastTrainedMs === null) return { due: true, trigger: 'first', why: 'No model was trained yet' }
  const age = nowMs - lastTrainedMs
  if (policy.every !== 'never' && age >= durationMs(policy.every)) {
    return {
      due: true,
      trigger: 'schedule',
      why: `The last training began ${iso(lastTrainedMs)}, ${policy.every} or more ago`,
    }
  }
  const heard = state.signals.find((signal) => policy.on.includes(signal.kind) && signal.atMs > lastTrainedMs)
  if (!heard) return { due: false, trigger: 'none', why: 'Neither schedule nor signal calls for it' }
  if (age < durationMs(policy.cooldown)) {
    return {
      due: false,
      trigger: 'none',
      why: `${heard.kind} calls for it, but the cooldown of ${policy.cooldown} has not passed`,
    }
  }
  return { due: true, trigger: heard.kind, why: heard.statement }
}
