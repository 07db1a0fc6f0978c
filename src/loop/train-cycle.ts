import type { Dataset } from '#dataset'
import { endpointOf, startRelease } from '#deployment'
import { recordDecision } from '#governance'
import type { Scores } from '#model'
import { messageOf, type EpochMs, type Json, type Workspace } from '#platform'
import { modelVersion, registerVersion, type ModelVersion } from '#registry'
import { candidateName, type SystemVersion } from '#system'
import type { TrainingPool } from '#training'
import { fail } from './failures.ts'
import { fitCandidate } from './fit-candidate.ts'
import type { FitOptions } from './fit-options.ts'
import { programOf } from './fit-program.ts'
import { judgeCandidates, type CandidateJudgement } from './judge-candidates.ts'
import { learningRows, type LearningRows } from './learning-rows.ts'
import { recordGates } from './record-gates.ts'
import { nameVersions } from './name-versions.ts'
import { keepReference } from './reference.ts'
import { checkPartition } from './partition/check-partition.ts'
import type { CycleProgress, CycleResult, FittedCandidate, Step } from './schema.ts'

export interface TrainCycleOptions {
  readonly system: SystemVersion
  readonly dataset: Dataset
  /** Outcomes not known at this moment are not seen. */
  readonly nowMs: EpochMs
  /** Why: 'first', 'schedule', 'drift', 'decay' or 'asked'. */
  readonly trigger: string
  /** Names this training for ever. */
  readonly key: string
  readonly step: Step
  readonly byTheClock: boolean
  readonly pool: TrainingPool
  readonly signal?: AbortSignal | undefined
  readonly tell?: (progress: CycleProgress) => void
}

/**
 * Trains every candidate, chooses on the ladder, holds the choice against the gates, registers what passes and starts
 * its release. Each part is one step: a training that was killed goes on at the step where it was cut short.
 *
 * @throws {Failure} `loop/noCandidate` when every candidate failed, with the reason of each; `loop/noPartitionColumn`,
 *   `loop/partitionNotText` or `loop/tooManySegments` when the rows cannot be cut into segments; `training/programsOff` or
 *   `training/noPython` when a program cannot be run here
 */
export async function trainCycle(workspace: Workspace, options: TrainCycleOptions): Promise<CycleResult> {
  const { system, dataset, nowMs, key, step } = options
  const scores = new Map<string, Scores>()
  const { partition, candidates } = system.spec
  if (candidates.some(({ program }) => program))
    await step('check the programs', async () => {
      for (const spec of candidates)
        if (spec.program) await options.pool.holdProgram({ name: candidateName(spec), program: programOf(spec) })
      return null
    })
  if (partition)
    await step('check the partition', async () => {
      checkPartition(partition, { dataset, learned: (await fitOptions(workspace, options)).rows.learned })
      return null
    })
  const fitted = await fitAll(workspace, options, scores)
  const champion = await championOf(workspace, system.system)
  const judgement = await step('judge', async () =>
    judgeCandidates(workspace, { fit: await fitOptions(workspace, options), fitted, champion, scores }),
  )
  const chosen = fitted.find((candidate) => candidate.name === judgement.choice.name) as FittedCandidate
  const result = {
    atMs: nowMs,
    trigger: options.trigger,
    fitted,
    chosen: chosen.name,
    passed: judgement.gates.passed,
    versionId: null,
    versionNumber: null,
    releaseId: null,
    referenceDigest: null,
  }
  await step('record the choice', () => recordJudgement(workspace, { system, key, chosen, judgement }))
  if (!judgement.gates.passed) return result
  const version = await step('register', () =>
    registerVersion(workspace, {
      system: system.system,
      runId: chosen.runId,
      candidate: chosen.name,
      onnxDigest: chosen.onnxDigest,
      partition: chosen.partition ?? null,
      evaluation: chosen.evaluation,
      threshold: chosen.threshold,
      gates: judgement.gates.results,
      lineage: {
        systemHash: system.hash,
        datasetId: dataset.id,
        datasetDigest: dataset.digest,
        runId: chosen.runId,
        commit: system.commit,
        dirty: system.dirty,
      },
    }),
  )
  const referenceDigest = await step('keep the reference', async () => {
    const { rows } = await fitOptions(workspace, options)
    return keepReference(workspace, { system, dataset, rows, chosen, scores: scores.get(chosen.runId) })
  })
  const release = await step('release', () =>
    startRelease(workspace, {
      system: system.system,
      versionId: version.id,
      strategy: system.spec.release,
      actor: 'loop',
      why: `${chosen.name} passed every gate`,
    }),
  )
  await step('name the champion', () => nameVersions(workspace, system.system))
  return { ...result, versionId: version.id, versionNumber: version.number, releaseId: release.id, referenceDigest }
}

/** The version that serves; null before the first. */
export async function championOf(workspace: Workspace, system: string): Promise<ModelVersion | null> {
  const endpoint = await endpointOf(workspace, system)
  return endpoint ? modelVersion(workspace, endpoint.championVersionId) : null
}

async function fitAll(
  workspace: Workspace,
  options: TrainCycleOptions,
  scores: Map<string, Scores>,
): Promise<readonly FittedCandidate[]> {
  const attempts = await Promise.all(
    options.system.spec.candidates.map((spec) =>
      options.step(
        `fit ${candidateName(spec)}`,
        async (given): Promise<FittedCandidate | { readonly name: string; readonly refused: string }> => {
          const fit = await fitOptions(workspace, options)
          const signal = options.signal ?? given.signal
          try {
            const fitting = await fitCandidate(workspace, spec, {
              ...fit,
              signal,
              tell: (text) => options.tell?.({ candidate: candidateName(spec), text }),
            })
            scores.set(fitting.candidate.runId, fitting.scores)
            return fitting.candidate
          } catch (error) {
            if (signal?.aborted) throw error
            workspace.log.warn({ candidate: candidateName(spec), error: messageOf(error) }, 'A candidate failed')
            return { name: candidateName(spec), refused: messageOf(error) }
          }
        },
      ),
    ),
  )
  const fitted = attempts.filter((attempt): attempt is FittedCandidate => 'runId' in attempt)
  if (fitted.length > 0) return fitted
  const reasons = attempts.map((attempt) => `${attempt.name}: ${'refused' in attempt ? attempt.refused : ''}`)
  throw fail('noCandidate', `Cannot train '${options.system.system}': every candidate failed. ${reasons.join('. ')}`)
}

const rowsInUse = new WeakMap<TrainCycleOptions, Promise<LearningRows>>()

/** What every candidate of one training is fitted with; the rows are read once. */
async function fitOptions(workspace: Workspace, options: TrainCycleOptions): Promise<FitOptions> {
  const { system, dataset, nowMs, key, byTheClock, signal, pool } = options
  let rows = rowsInUse.get(options)
  if (!rows) {
    rows = learningRows(workspace, { system: system.spec, dataset, nowMs })
    rowsInUse.set(options, rows)
  }
  return { system, dataset, rows: await rows, key, byTheClock, signal, pool }
}

async function recordJudgement(
  workspace: Workspace,
  {
    system,
    key,
    chosen,
    judgement,
  }: { system: SystemVersion; key: string; chosen: FittedCandidate; judgement: CandidateJudgement },
): Promise<null> {
  const { choice, gates } = judgement
  await recordDecision(workspace, {
    system: system.system,
    kind: 'choice',
    subject: chosen.name,
    ruling: `${chosen.name} chosen: ${choice.reasons.at(-1)?.why ?? 'it is the only candidate'}`,
    policy: 'a more complex model must beat the simpler one by its interval',
    actor: 'loop',
    evidence: choice as unknown as Json,
    key: `${key}/choice`,
  })
  await recordGates(workspace, { system: system.system, key, candidate: chosen.name, gates })
  return null
}
