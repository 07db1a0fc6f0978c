import type { ArmWindow } from '#analysis'
import { readExamples, type Dataset, type Examples } from '#dataset'
import { doNothing, rowCosts, type Decisions, type Evaluation, type Truth } from '#evaluation'
import {
  atOnce,
  placesWhere,
  readReference,
  tick,
  takeTruth,
  type CycleResult,
  type Reference,
  type WindowEvidence,
} from '#loop'
import type { EpochMs, VirtualClock, Workspace } from '#platform'
import type { SystemVersion } from '#system'
import type { TrainingPool } from '#training'
import type { WindowReport } from '#monitoring'
import { openModels, type Models } from './models.ts'
import type { WindowPlan } from './plan-windows.ts'
import { openWindowReader, type WindowReader } from './window-reader.ts'
import { decideAll, serveWindow, type ServedWindow } from './serve-window.ts'

/** How far a replay is. */
export interface ReplayProgress {
  readonly atMs: EpochMs
  /** Share of the windows that are done, 0 to 1. */
  readonly share: number
  readonly text: string
}

export interface ReplayOptions {
  readonly workspace: Workspace
  readonly clock: VirtualClock
  readonly system: SystemVersion
  readonly dataset: Dataset
  readonly plan: WindowPlan
  /** Whether the ways of deciding that the loop is compared with are followed too. */
  readonly compare: boolean
  readonly threads: number
  readonly pool: TrainingPool
  readonly tell?: (progress: ReplayProgress) => void
}

/** What happened, window by window. */
export interface Replay {
  readonly rows: number
  readonly arms: ReadonlyMap<ArmName, readonly ArmWindow[]>
  readonly reports: readonly WindowReport[]
  readonly trainings: readonly CycleResult[]
}

export type ArmName = 'nothing' | 'rule' | 'frozen' | 'loop'

/** A window that was served and waits for its outcomes. */
interface Pending {
  readonly startMs: EpochMs
  readonly endMs: EpochMs
  readonly examples: Examples
  /** Null while nothing was released: then nobody acts. */
  readonly served: ServedWindow | null
  readonly decisions: ReadonlyMap<ArmName, Decisions>
  readonly reference: Reference | null
  readonly evaluation: Evaluation | null
}

/**
 * Drives the loop over history: at the start of each window the clock moves, windows whose outcomes have all come are
 * concluded, the policy trains or not, and the window is served by what is released then.
 */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const { workspace, clock, dataset, plan } = options
  const models = openModels(workspace, options.threads)
  const state: ReplayState = {
    ...options,
    models,
    reader: openWindowReader(options.workspace, dataset),
    past: await pastOf(options),
    pending: [],
    arms: new Map(),
    reports: [],
    trainings: [],
    references: new Map(),
  }
  let rows = 0
  try {
    for (let startMs = plan.startMs; startMs < plan.endMs; startMs += plan.windowMs) {
      clock.advanceTo(startMs)
      await turn(state, { retrain: true })
      rows += await serve(state, startMs)
      const share = (startMs + plan.windowMs - plan.startMs) / (plan.endMs - plan.startMs)
      options.tell?.({ atMs: startMs, share, text: `${state.trainings.length} trainings` })
    }
    clock.advanceTo(plan.endMs + dataset.outcomeAfterMs)
    await turn(state, { retrain: false })
    return { rows, arms: state.arms, reports: state.reports, trainings: state.trainings }
  } finally {
    await models.close()
  }
}

interface ReplayState extends ReplayOptions {
  readonly models: Models
  readonly reader: WindowReader
  /** The truth that was known before the first window. */
  readonly past: Truth
  pending: Pending[]
  readonly arms: Map<ArmName, ArmWindow[]>
  readonly reports: WindowReport[]
  readonly trainings: CycleResult[]
  readonly references: Map<string, Reference>
}

/** Concludes what is due and lets the policy train. */
async function turn(state: ReplayState, { retrain }: { retrain: boolean }): Promise<void> {
  const { workspace, system, dataset, clock } = state
  const due = state.pending.filter((window) => window.endMs + dataset.outcomeAfterMs <= clock.now())
  state.pending = state.pending.filter((window) => !due.includes(window))
  for (const window of due) priceArms(state, window)
  const result = await tick(workspace, {
    system: retrain ? system : neverAgain(system),
    dataset,
    nowMs: clock.now(),
    windows: due,
    gather: (span) => {
      const window = due.find((one) => one.startMs === span.startMs)
      return Promise.resolve(window ? evidenceOf(window) : null)
    },
    step: atOnce,
    byTheClock: false,
    pool: state.pool,
    tell: ({ candidate, text }) =>
      state.tell?.({ atMs: clock.now(), share: -1, text: `training ${candidate}: ${text}` }),
  })
  state.reports.push(...result.reports)
  if (result.training) state.trainings.push(result.training)
}

/** Serves one window in every way that is compared; gives its number of rows. */
async function serve(state: ReplayState, startMs: EpochMs): Promise<number> {
  const { workspace, plan, system, models } = state
  const endMs = startMs + plan.windowMs
  const examples = await state.reader.read(startMs, endMs)
  if (examples.table.rowCount === 0) return 0
  const served = await serveWindow(workspace, examples, { system: system.spec, models })
  const training = state.trainings.findLast(
    (one) => one.versionId !== null && one.versionId === served?.champion.versionId,
  )
  const chosen = training?.fitted.find((candidate) => candidate.name === training.chosen)
  state.pending.push({
    startMs,
    endMs,
    examples,
    served,
    decisions: await otherArms(state, { examples, served }),
    reference: training ? await referenceOf(state, training) : null,
    evaluation: chosen?.evaluation ?? null,
  })
  return examples.table.rowCount
}

/** What the other ways of deciding would have done: nothing, the rule, and the first model for ever. */
async function otherArms(
  state: ReplayState,
  { examples, served }: { examples: Examples; served: ServedWindow | null },
): Promise<ReadonlyMap<ArmName, Decisions>> {
  const { models, system, past } = state
  const nothing = doNothing(system.spec.framing.task, { past, rows: examples.table.rowCount })
  const decisions = new Map<ArmName, Decisions>([['loop', served?.decisions ?? nothing]])
  if (!state.compare) return decisions
  decisions.set('nothing', nothing)
  const first = state.trainings.find((training) => training.versionId !== null)
  const frozen = first?.fitted.find((candidate) => candidate.name === first.chosen)
  const rule = first?.fitted.find((candidate) => candidate.rung === 1)
  for (const [name, decider] of [
    ['rule', rule],
    ['frozen', frozen],
  ] as const) {
    if (!decider) continue
    const same = name === 'frozen' && served?.champion.versionId === first?.versionId && served?.challenger === null
    decisions.set(
      name,
      same && served ? served.decisions : await decideAll(decider, { examples, system: system.spec, models }),
    )
  }
  return decisions
}

function priceArms(state: ReplayState, window: Pending): void {
  const { cost } = state.system.spec.framing
  if (!cost) return
  const known = placesWhere(window.examples.known)
  const truth = takeTruth(window.examples.target, known)
  for (const [name, decisions] of window.decisions) {
    const money = rowCosts(takeTruth(decisions, known), truth, cost)
    const windows = state.arms.get(name) ?? []
    windows.push({ startMs: window.startMs, rows: known.length, cost: money.reduce((sum, value) => sum + value, 0) })
    state.arms.set(name, windows)
  }
}

/** What monitoring is told of a window; null where no model answered. */
const evidenceOf = ({ startMs, endMs, examples, served, reference, evaluation }: Pending): WindowEvidence | null =>
  served && reference
    ? {
        startMs,
        endMs,
        inputs: examples.table,
        champion: served.champion,
        challenger: served.challenger,
        reference,
        evaluation,
      }
    : null

async function referenceOf(state: ReplayState, training: CycleResult): Promise<Reference> {
  const digest = training.referenceDigest
  if (!digest) throw new RangeError('Cannot monitor: the champion of this rehearsal has no reference')
  const held = state.references.get(digest) ?? (await readReference(state.workspace, digest))
  state.references.set(digest, held)
  return held
}

/** The truth that was known when the first decision fell. */
async function pastOf({ workspace, dataset, plan, system }: ReplayOptions): Promise<Truth> {
  const known = await readExamples(workspace, dataset, {
    toMs: plan.startMs,
    knownAtMs: plan.startMs,
    onlyKnown: true,
    maxRows: 20_000,
    seed: system.spec.seed,
  })
  return known.target
}

const neverAgain = (system: SystemVersion): SystemVersion => ({
  ...system,
  spec: { ...system.spec, retrain: { ...system.spec.retrain, every: 'never', on: [] } },
})
