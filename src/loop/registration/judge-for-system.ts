import { latestDataset, type Dataset } from '#dataset'
import { scoringModel, readSignature, type Scores, type Trial } from '#model'
import type { Digest, EpochMs, Workspace } from '#platform'
import type { PendingVersion } from '#registry'
import { candidateName, type SystemVersion } from '#system'
import { finishRun, logArtifact, logMetrics, startRun } from '#tracking'
import type { TrainingPool } from '#training'
import { fail } from '../failures.ts'
import { fitCandidate } from '../fit-candidate.ts'
import type { FitOptions } from '../fit-options.ts'
import { heldOutScores, keepScores } from '../held-out-scores.ts'
import { holdAgainstGates, type GateRuling, type ScoredCandidate } from '../hold-against-gates.ts'
import { judgeScores } from '../judge-scores.ts'
import { learningRows, tableOf } from '../learning-rows.ts'
import { prepareData } from '../prepare-data.ts'
import type { FittedCandidate, Step } from '../schema.ts'
import { readTrainings } from '../store.ts'
import { championOf } from '../train-cycle.ts'

/** A model that is to be judged for a system, and what it is judged with. */
export interface SystemTrial {
  readonly version: PendingVersion
  readonly system: SystemVersion
  readonly dataset: Dataset
  /** The model as one of the system. */
  readonly digest: Digest
  /** Names the registration for ever. */
  readonly key: string
  readonly nowMs: EpochMs
  readonly pool: TrainingPool
}

/** The name under which a registered version stands among the candidates of a system. */
const candidateNameOf = ({ name, version }: Pick<PendingVersion, 'name' | 'version'>): string =>
  `${name.slice(0, 200)} version ${version}`

/** The dataset that the system's own candidates are judged on now: the newest, or one that is built for it. */
export async function currentDataset(
  workspace: Workspace,
  { system, step }: { readonly system: SystemVersion; readonly step: Step },
): Promise<Dataset> {
  const newest = await step('find the newest dataset', () => latestDataset(workspace, system.system))
  if (newest && newest.builtAtMs >= system.appliedAtMs) return newest
  return (await prepareData(workspace, { system, step })).dataset
}

/** Judges a model on the rows that the system's own candidates are judged on now, and records that as a run of the system. */
export async function evaluateRegistered(
  workspace: Workspace,
  options: SystemTrial & { readonly trial: Trial },
): Promise<FittedCandidate> {
  const { version, system, dataset, digest, key, trial } = options
  const name = candidateNameOf(version)
  const run = await startRun(workspace, {
    system: system.system,
    name,
    kind: registeredKind,
    key,
    systemHash: system.hash,
    dataHash: dataset.digest,
    commit: system.commit,
    dirty: system.dirty,
    seed: system.spec.seed,
    params: { 'registered model': version.name, version: version.version, 'run of the client': version.runId },
  })
  try {
    const rows = await rowsOf(workspace, options)
    const session = await trial.open(workspace.blobs.pathOf(digest))
    const signature = readSignature(await workspace.blobs.read(digest))
    const scores = await scoringModel({ session, signature, batchRows: 8192 }).predict(tableOf(rows.judged))
    holdProbabilities(scores)
    const evaluation = judgeScores({ system, rows }, scores)
    const scoresDigest = await keepScores(workspace, scores)
    await logArtifact(workspace, { runId: run.id, path: 'model.onnx', digest })
    await logMetrics(workspace, {
      runId: run.id,
      metrics: Object.fromEntries(Object.entries(evaluation.metrics).map(([metric, { value }]) => [metric, value])),
    })
    await finishRun(workspace, { runId: run.id, status: 'finished', facts: {} })
    return {
      name,
      kind: registeredKind,
      rung: 3,
      runId: run.id,
      onnxDigest: digest,
      partition: null,
      scoresDigest,
      evaluation,
      threshold: evaluation.threshold?.value ?? null,
      trainedRows: 0,
    }
  } catch (error) {
    await finishRun(workspace, { runId: run.id, status: 'failed', error })
    throw error
  }
}

/** Holds a judged model against the gates of the system, with the candidates that they name as the system last trained them. */
export async function holdRegistered(
  workspace: Workspace,
  options: SystemTrial & { readonly fitted: FittedCandidate },
): Promise<GateRuling> {
  const { fitted, system, dataset, key, pool } = options
  const rows = await rowsOf(workspace, options)
  const fit: FitOptions = { system, dataset, rows, key, byTheClock: true, pool }
  return holdAgainstGates(workspace, {
    fit,
    chosen: {
      name: fitted.name,
      evaluation: fitted.evaluation,
      scores: await heldOutScores(workspace, fitted, fit),
      threshold: fitted.threshold ?? undefined,
    },
    others: await namedRivals(workspace, fit),
    champion: await championOf(workspace, system.system),
  })
}

/** The candidates that gates name, as the system last trained them; those that it never did are trained now. */
async function namedRivals(workspace: Workspace, fit: FitOptions): Promise<readonly ScoredCandidate[]> {
  const { spec, system } = fit.system
  const named = new Set(spec.evaluation.gates.flatMap((gate) => (gate.kind === 'beats' ? [gate.what] : [])))
  const trained = (await readTrainings(workspace.database, system)).flatMap(({ result }) => result?.fitted ?? [])
  return Promise.all(
    spec.candidates
      .filter((candidate) => named.has(candidateName(candidate)))
      .map(async (candidate) => {
        const held = trained.findLast(({ name }) => name === candidateName(candidate))
        if (!held) {
          const { candidate: made, scores } = await fitCandidate(workspace, candidate, fit)
          return { name: made.name, scores, threshold: made.threshold ?? undefined }
        }
        // What they gave for other rows says nothing of these.
        const scores = await heldOutScores(workspace, { ...held, scoresDigest: null }, fit)
        return { name: held.name, scores, threshold: held.threshold ?? undefined }
      }),
  )
}

/** The moment that a model is judged at: outcomes that were not known then are not seen. */
export const judgedAtMs = ({ dataset, nowMs }: Pick<SystemTrial, 'dataset' | 'nowMs'>): EpochMs =>
  dataset.timeRange ? Math.min(nowMs, dataset.timeRange.toMs + dataset.outcomeAfterMs) : nowMs

const rowsOf = (workspace: Workspace, judged: SystemTrial) =>
  learningRows(workspace, { system: judged.system.spec, dataset: judged.dataset, nowMs: judgedAtMs(judged) })

function holdProbabilities(scores: Scores): void {
  const wrong = (state: string) => fail('noProbabilities', `Cannot judge the model: ${state}`)
  const { values, width } =
    scores.kind === 'numbers'
      ? { values: scores.values, width: 1 }
      : { values: scores.probabilities, width: scores.classes.length }
  for (let from = 0; from < values.length; from += width) {
    let sum = 0
    for (let k = from; k < from + width; k++) {
      const value = values[k] as number
      if (!Number.isFinite(value))
        throw wrong(`it gives ${value} for row ${from / width} of the rows that it is judged on`)
      if (scores.kind === 'classes' && (value < -tolerance || value > 1 + tolerance))
        throw wrong(`it gives ${value} as a probability`)
      sum += value
    }
    if (scores.kind === 'classes' && Math.abs(sum - 1) > tolerance)
      throw wrong(`its probabilities of row ${from / width} make ${sum} in all`)
  }
}

const registeredKind = 'registered'
const tolerance = 1e-3
