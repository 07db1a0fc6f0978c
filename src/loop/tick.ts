import type { Dataset } from '#dataset'
import { recordDecision } from '#governance'
import { iso, type EpochMs, type Json, type Workspace } from '#platform'
import { planSystem, systemVersions, type SystemVersion } from '#system'
import type { TrainingPool } from '#training'
import { signalsOf, type WindowReport } from '#monitoring'
import { concludeWindow, type WindowEvidence, type WindowSpan } from './conclude-window.ts'
import { decideRetrain, type RaisedSignal, type RetrainRuling } from './decide-retrain.ts'
import type { CycleProgress, CycleResult, Step } from './schema.ts'
import { endTraining, putTraining, readTrainings } from './store.ts'
import { championOf, trainCycle } from './train-cycle.ts'

export interface TickOptions {
  readonly system: SystemVersion
  readonly dataset: Dataset
  readonly nowMs: EpochMs
  /** Moment up to which the data reaches, where that is earlier; what is learned is what was known then. */
  readonly asOfMs?: EpochMs | undefined
  /** Windows that are due, oldest first. */
  readonly windows: readonly WindowSpan[]
  /** All that is known of a window; null where nothing was predicted in it. */
  readonly gather: (window: WindowSpan) => Promise<WindowEvidence | null>
  readonly step: Step
  /** Whether tuning may stop by the machine's clock; never in a rehearsal, which must repeat. */
  readonly byTheClock: boolean
  readonly pool: TrainingPool
  /** Trains whatever the policy says: a person asked. */
  readonly asked?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly tell?: (progress: CycleProgress) => void
}

export interface TickResult {
  readonly reports: readonly WindowReport[]
  readonly retrain: RetrainRuling
  readonly training: CycleResult | null
}

/**
 * One turn of the loop at one moment, the same live and in rehearsal: conclude the windows that are due, then train if
 * the policy calls for it. Each part is one step.
 */
export async function tick(workspace: Workspace, options: TickOptions): Promise<TickResult> {
  const { system, nowMs, step } = options
  const reports: WindowReport[] = []
  for (const window of options.windows) {
    const report = await step(`conclude ${iso(window.startMs)}`, async () => {
      const evidence = await options.gather(window)
      return evidence && concludeWindow(workspace, system, evidence)
    })
    if (report) reports.push(report)
  }
  const retrain = await step('decide on retraining', () => ruleOnRetraining(workspace, options))
  if (!retrain.due) return { reports, retrain, training: null }
  const key = `${system.system}/training/${options.asked ?? nowMs}`
  await step('begin the training', () => beginTraining(workspace, { system, key, nowMs, retrain }))
  const training = await trainCycle(workspace, {
    ...options,
    nowMs: options.asOfMs ?? nowMs,
    key,
    trigger: retrain.trigger,
  })
  await step('end the training', async () => {
    await endTraining(workspace.database, key, training)
    return null
  })
  return { reports, retrain, training }
}

async function ruleOnRetraining(workspace: Workspace, options: TickOptions): Promise<RetrainRuling> {
  const { system, nowMs, asked } = options
  if (asked !== undefined) return { due: true, trigger: 'asked', why: 'A person asked for it' }
  const trainings = await readTrainings(workspace.database, system.system)
  const lastTrainedMs = trainings.at(-1)?.atMs ?? null
  const change = await changeSinceTraining(workspace, system, lastTrainedMs ?? 0)
  if (change) return { due: true, trigger: 'change', why: change }
  const signals = await raisedSince(workspace, system.system, lastTrainedMs ?? 0)
  return decideRetrain(system.spec.retrain, { lastTrainedMs, signals }, nowMs)
}

/**
 * What of the system changed since its champion was trained, where that calls for another training. A change has one: where
 * no gate let it pass, the champion stays that of the system before.
 */
async function changeSinceTraining(
  workspace: Workspace,
  system: SystemVersion,
  lastTrainedMs: EpochMs,
): Promise<string | null> {
  if (lastTrainedMs > system.appliedAtMs) return null
  const champion = await championOf(workspace, system.system)
  if (!champion || champion.lineage.systemHash === system.hash) return null
  const before = (await systemVersions(workspace, system.system)).find(
    (one) => one.hash === champion.lineage.systemHash,
  )
  if (!before) return null
  const { effects, changes } = planSystem(before.spec, system.spec)
  if (!effects.includes('retrain') && !effects.includes('re-release')) return null
  return `The system changed since version ${champion.number} was trained: ${changes.map((change) => change.path).join(', ')}`
}

async function beginTraining(
  workspace: Workspace,
  { system, key, nowMs, retrain }: { system: SystemVersion; key: string; nowMs: EpochMs; retrain: RetrainRuling },
): Promise<null> {
  await putTraining(workspace.database, { key, system: system.system, atMs: nowMs, trigger: retrain.trigger })
  await recordDecision(workspace, {
    system: system.system,
    kind: 'retrain',
    subject: key,
    ruling: `train now (${retrain.trigger}): ${retrain.why}`,
    policy: 'retrain of the system file',
    actor: 'loop',
    evidence: retrain as unknown as Json,
    key: `${key}/retrain`,
  })
  return null
}

/** Signals about the version that serves: those about one that was replaced are settled. */
async function raisedSince(workspace: Workspace, system: string, sinceMs: EpochMs): Promise<readonly RaisedSignal[]> {
  const champion = await championOf(workspace, system)
  if (!champion) return []
  const signals = await signalsOf(workspace, { system, versionId: champion.id, fromMs: sinceMs })
  return signals.flatMap((signal) =>
    signal.kind === 'drift' || signal.kind === 'decay'
      ? [{ kind: signal.kind, atMs: signal.raisedAtMs, statement: signal.statement }]
      : [],
  )
}
