import { startRelease } from '#deployment'
import type { Trial } from '#model'
import type { Digest, Workspace } from '#platform'
import { registerVersion, type PendingVersion } from '#registry'
import { currentSystem } from '#system'
import type { TrainingPool } from '#training'
import { fail } from '../failures.ts'
import { learningRows } from '../learning-rows.ts'
import { nameVersions } from '../name-versions.ts'
import { recordGates } from '../record-gates.ts'
import { keepReference } from '../reference.ts'
import type { CycleResult, Step } from '../schema.ts'
import { endTraining, putTraining } from '../store.ts'
import { fitToSystem } from './fit-to-system.ts'
import type { GatheredModel } from './gather-model.ts'
import { currentDataset, evaluateRegistered, holdRegistered, judgedAtMs, type SystemTrial } from './judge-for-system.ts'
import type { TriedModel } from './try-model.ts'

/** A tried model that is to become a version of a system. */
export interface SystemRegistration {
  readonly version: PendingVersion
  readonly system: string
  readonly gathered: GatheredModel
  readonly tried: TriedModel
  readonly digest: Digest
  /** When its judgement began. */
  readonly nowMs: number
  readonly step: Step
  readonly pool: TrainingPool
  readonly trial: () => Trial
}

/** A version of a system that a registered model became. */
export interface RegisteredForSystem {
  readonly number: number
  /** How its release stands. */
  readonly release: string
}

/**
 * Judges a model as the system judges its own candidates, and hands it to the system's release where its gates let it pass.
 * Each part is one step.
 * @throws {Failure} `model/unfitInput`, `model/unfitOutput`, `loop/noProbabilities`, `loop/refusedByGate` that says why
 */
export async function registerForSystem(
  workspace: Workspace,
  options: SystemRegistration,
): Promise<RegisteredForSystem> {
  const { version, gathered, tried, nowMs, step, pool, trial } = options
  const system = await step('read the system', () => currentSystem(workspace, options.system))
  const dataset = await currentDataset(workspace, { system, step })
  const digest = await step('fit it to the system', () =>
    fitToSystem(workspace, dataset, { gathered, tried, digest: options.digest, trial: trial() }),
  )
  const key = `${system.system}/registered/${version.model}/${version.version}`
  const judged: SystemTrial = { version, system, dataset, digest, key, nowMs, pool }
  const fitted = await step('evaluate it', () => evaluateRegistered(workspace, { ...judged, trial: trial() }))
  const { gates } = await step('hold it against the gates', () => holdRegistered(workspace, { ...judged, fitted }))
  const origin = { registeredModel: version.name, version: version.version, runId: version.runId }
  await step('record the ruling', async () => {
    await recordGates(workspace, { system: system.system, key, candidate: fitted.name, gates, origin })
    return null
  })
  if (!gates.passed)
    throw fail(
      'refusedByGate',
      `Cannot release it for the system '${system.system}': ${gates.results
        .filter((result) => !result.passed)
        .map(({ why }) => why)
        .join('; ')}`,
    )
  const made = await step('register it', () =>
    registerVersion(workspace, {
      system: system.system,
      runId: fitted.runId,
      candidate: fitted.name,
      onnxDigest: digest,
      evaluation: fitted.evaluation,
      threshold: fitted.threshold,
      gates: gates.results,
      lineage: {
        systemHash: system.hash,
        datasetId: dataset.id,
        datasetDigest: dataset.digest,
        runId: fitted.runId,
        commit: null,
        origin,
      },
    }),
  )
  const referenceDigest = await step('keep the reference', async () => {
    const rows = await learningRows(workspace, { system: system.spec, dataset, nowMs: judgedAtMs(judged) })
    return keepReference(workspace, { system, dataset, rows, chosen: fitted, scores: undefined })
  })
  const release = await step('release it', () =>
    startRelease(workspace, {
      system: system.system,
      versionId: made.id,
      strategy: system.spec.release,
      actor: 'loop',
      why: `${fitted.name} was registered by a client and passed every gate`,
    }),
  )
  await step('name the champion', () => nameVersions(workspace, system.system))
  await step('record the version', () => {
    const result: CycleResult = {
      atMs: nowMs,
      trigger: 'registered',
      fitted: [fitted],
      chosen: fitted.name,
      passed: true,
      versionId: made.id,
      versionNumber: made.number,
      releaseId: release.id,
      referenceDigest,
    }
    return keepTraining(workspace, { system: system.system, key, result })
  })
  const share = `${Math.round(release.share * 100)} % of the traffic`
  return {
    number: made.number,
    release:
      release.state === 'promoted'
        ? 'it serves'
        : `its release by ${release.strategy.strategy} has begun with ${share}`,
  }
}

/** What watches versions finds what they are compared with among the trainings. */
async function keepTraining(
  workspace: Workspace,
  { system, key, result }: { readonly system: string; readonly key: string; readonly result: CycleResult },
): Promise<null> {
  await putTraining(workspace.database, { key, system, atMs: result.atMs, trigger: result.trigger })
  await endTraining(workspace.database, key, result)
  return null
}
