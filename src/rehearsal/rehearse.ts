import { join } from 'node:path'
import { compareArms, type RehearsalReport, type VariantLine } from '#analysis'
import type { Dataset } from '#dataset'
import { releasesOf } from '#deployment'
import { atOnce, prepareData } from '#loop'
import { allMigrations } from '#loop/migrations'
import {
  migrate,
  openDatabase,
  openWorkspace,
  seededIds,
  seededRandom,
  silentLog,
  virtualClock,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { applySystem, candidateName, parseSystem, type SystemSpec, type SystemVersion } from '#system'
import { openTrainingPool, type ProgramSettings, type TrainingPool } from '#training'
import { planWindows, type WindowPlan } from './plan-windows.ts'
import { replay, type Replay, type ReplayProgress } from './replay.ts'
import { reportOf } from './report-of.ts'
import type { Variation } from './vary.ts'

export interface RehearseOptions {
  /** A loaded system file. */
  readonly system: {
    readonly spec: SystemSpec
    readonly baseFolder: string
    readonly commit: string | null
    readonly dirty: boolean
  }
  /** Folder of the scratch store; the caller removes it. */
  readonly folder: string
  /** Policies to compare, each replayed on its own. */
  readonly vary?: readonly Variation[]
  /** Threads that score, 1 where absent: more of them wait for each other longer than they work. */
  readonly threads?: number
  /** Where programs that train run, and their environments are kept: not in the scratch store; none run where absent. */
  readonly programs?: ProgramSettings
  readonly tell?: (progress: RehearsalProgress) => void
}

export interface RehearsalProgress {
  readonly stage: 'data' | 'replay' | 'variants'
  readonly text: string
  /** Share of the stage that is done, 0 to 1; null where it is not known. */
  readonly share: number | null
}

/**
 * Replays a system's history through the loop on a virtual clock, late outcomes included, and compares what it would have
 * cost with doing nothing, with the rule, and with a model never retrained. The same system and data give the same
 * report, byte for byte.
 *
 * @throws {Failure} `rehearsal/noTime`, `rehearsal/tooShort`, and any of the parts
 */
export async function rehearse(options: RehearseOptions): Promise<RehearsalReport> {
  const { tell } = options
  const { spec } = options.system
  const scene = await openScene(join(options.folder, 'main'), spec)
  const pool = openTrainingPool({ ...(options.programs && { programs: options.programs }) })
  try {
    const { system: file, left } = withoutUnrehearsed(options.system)
    const system = await applySystem(scene.workspace, { ...file, actor: 'rehearsal' })
    const { dataset, findings } = await prepareData(scene.workspace, {
      system: whateverItsAge(system),
      step: atOnce,
      untilMs: endOfTime,
      tell: (text) => tell?.({ stage: 'data', text, share: null }),
    })
    const plan = planWindows(spec, dataset)
    const main = await replay({
      ...scene,
      system,
      dataset,
      plan,
      compare: true,
      pool,
      threads: options.threads ?? 1,
      tell: (progress) => tell?.({ stage: 'replay', ...worded(progress) }),
    })
    const variants: VariantLine[] = []
    for (const variation of options.vary ?? []) {
      tell?.({ stage: 'variants', text: variation.setting, share: variants.length / (options.vary?.length ?? 1) })
      variants.push(await replayVariant({ ...options, pool, scene: scene.workspace, dataset, plan, variation }))
    }
    return await reportOf(scene.workspace, { system, plan, replay: main, variants, findings: [...left, ...findings] })
  } finally {
    await pool.close()
    await scene.workspace.close()
  }
}

/**
 * A system without the candidates that are not to train in a rehearsal, and the gates that name them.
 * @throws {Failure} `system/invalid` where none is left
 */
function withoutUnrehearsed(system: RehearseOptions['system']): {
  readonly system: RehearseOptions['system']
  readonly left: readonly string[]
} {
  const { spec } = system
  const out = new Set(spec.candidates.filter(({ program }) => program?.rehearse === false).map(candidateName))
  if (out.size === 0) return { system, left: [] }
  const { evaluation } = spec
  const gates = evaluation.gates.filter((gate) => gate.kind !== 'beats' || !out.has(gate.what))
  const candidates = spec.candidates.filter((candidate) => !out.has(candidateName(candidate)))
  return {
    system: { ...system, spec: parseSystem({ ...spec, candidates, evaluation: { ...evaluation, gates } }) },
    left: [...out].map((name) => `Candidate '${name}' is left out: its program does not train in rehearsals`),
  }
}

/** The last moment that a date can hold: a rehearsal takes all of history, though its clock starts in 1970. */
const endOfTime = 8.64e15

/** The data of a rehearsal is old by intention: nobody asks how fresh it is. */
const whateverItsAge = (system: SystemVersion): SystemVersion => ({
  ...system,
  spec: { ...system.spec, checks: system.spec.checks.filter((check) => check.kind !== 'fresh') },
})

interface Scene {
  readonly workspace: Workspace
  readonly clock: VirtualClock
}

/** A scratch workspace on a clock of its own; sums of decimals repeat because queries take one thread. */
async function openScene(folder: string, spec: SystemSpec): Promise<Scene> {
  const clock = virtualClock(0)
  const ids = seededIds(clock, seededRandom(`${spec.seed}/ids`))
  const workspace = await openWorkspace({
    folder,
    migrations: allMigrations,
    clock,
    ids,
    log: silentLog,
    threads: 1,
    scratch: true,
  })
  return { workspace, clock }
}

interface VariantOptions extends RehearseOptions {
  readonly scene: Workspace
  readonly dataset: Dataset
  readonly plan: WindowPlan
  readonly variation: Variation
  readonly pool: TrainingPool
}

/** The loop alone under another policy, on the same data and with facts of its own. */
async function replayVariant(options: VariantOptions): Promise<VariantLine> {
  const { scene, variation, dataset, plan } = options
  const clock = virtualClock(0)
  const database = openDatabase(':memory:')
  await migrate(database, { migrations: allMigrations, clock })
  const ids = seededIds(clock, seededRandom(`${variation.spec.seed}/ids`))
  const workspace: Workspace = { ...scene, database, clock, ids }
  try {
    const system = await applySystem(workspace, {
      ...withoutUnrehearsed({ ...options.system, spec: variation.spec }).system,
      actor: 'rehearsal',
    })
    const done = await replay({
      workspace,
      clock,
      system,
      dataset,
      plan,
      compare: false,
      pool: options.pool,
      threads: options.threads ?? 1,
    })
    return await variantLine(workspace, { system, setting: variation.setting, replay: done })
  } finally {
    await database.destroy()
  }
}

async function variantLine(
  workspace: Workspace,
  { system, setting, replay: done }: { system: SystemVersion; setting: string; replay: Replay },
): Promise<VariantLine> {
  const releases = await releasesOf(workspace, system.system)
  const [arm] = compareArms([{ name: 'loop', about: '', windows: done.arms.get('loop') ?? [] }], {
    originMs: 0,
    per: system.spec.framing.per,
  })
  return {
    setting,
    costPer: arm?.total.costPer ?? null,
    trainings: done.trainings.length,
    releases: releases.length,
    rollbacks: releases.filter((release) => release.state === 'rolled-back').length,
  }
}

const worded = ({ atMs, share, text }: ReplayProgress): { text: string; share: number | null } => ({
  text: `${new Date(atMs).toISOString().slice(0, 10)}, ${text}`,
  share: share < 0 ? null : share,
})
