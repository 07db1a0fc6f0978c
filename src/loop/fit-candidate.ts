import { openModel, type Scores } from '#model'
import { durationMs, type Workspace } from '#platform'
import { candidateName, type CandidateSpec } from '#system'
import { finishRun, logArtifact, logMetrics, startRun } from '#tracking'
import type { TrainedCandidate } from '#training'
import { tableOf, trainingData, type RowSlice } from './learning-rows.ts'
import type { FitOptions } from './fit-options.ts'
import { fitProgram } from './fit-program.ts'
import { keepScores } from './held-out-scores.ts'
import { judgeScores } from './judge-scores.ts'
import { fitPartition, type FittedPartition, type PooledFit } from './partition/fit-partition.ts'
import { rungOf } from './rung-of.ts'
import type { FittedCandidate } from './schema.ts'

/** A fitted candidate with its scores of the test rows, in their order. */
export interface Fitting {
  readonly candidate: FittedCandidate
  readonly scores: Scores
}

/** Trains one candidate, judges it on the rows that it has not seen, and records the run. */
export async function fitCandidate(workspace: Workspace, spec: CandidateSpec, options: FitOptions): Promise<Fitting> {
  const { system, dataset, key } = options
  const name = candidateName(spec)
  const run = await startRun(workspace, {
    system: system.system,
    name,
    kind: spec.kind,
    key: `${key}/${name}`,
    systemHash: system.hash,
    dataHash: dataset.digest,
    commit: system.commit,
    dirty: system.dirty,
    seed: system.spec.seed,
    params: spec.params,
  })
  try {
    const fitted = await fitFolds(workspace, spec, { ...options, runId: run.id })
    const parts = await fitParts(workspace, spec, { ...options, pooled: fitted })
    const scores = parts?.scores ?? fitted.scores
    const evaluation = judgeScores(options, scores)
    const onnxDigest = await workspace.blobs.put(fitted.model.onnx)
    await logArtifact(workspace, { runId: run.id, path: 'model.onnx', digest: onnxDigest })
    if (parts)
      await logArtifact(workspace, {
        runId: run.id,
        path: 'segments.json',
        digest: parts.partition.segmentsDigest,
      })
    const byOthers = options.rows.folds.length > 1 || (parts !== null && parts.partition.segments > 0)
    const scoresDigest = byOthers ? await keepScores(workspace, scores) : null
    if (scoresDigest !== null)
      await logArtifact(workspace, { runId: run.id, path: 'held-out-scores.f64', digest: scoresDigest })
    await logMetrics(workspace, {
      runId: run.id,
      metrics: Object.fromEntries(Object.entries(evaluation.metrics).map(([metric, { value }]) => [metric, value])),
      // What its own program says of itself does not hide how it was judged.
      ...(spec.program && { step: 'last' }),
    })
    await finishRun(workspace, {
      runId: run.id,
      status: 'finished',
      facts: { ...fitted.model.facts, rows: fitted.model.rows, ...segmentFacts(parts) },
    })
    return {
      candidate: {
        name,
        kind: spec.kind,
        rung: rungOf(spec.kind),
        runId: run.id,
        onnxDigest,
        partition: parts?.partition ?? null,
        scoresDigest,
        evaluation,
        threshold: evaluation.threshold?.value ?? null,
        trainedRows: fitted.model.rows,
      },
      scores,
    }
  } catch (error) {
    await finishRun(workspace, { runId: run.id, status: options.signal?.aborted ? 'cancelled' : 'failed', error })
    throw error
  }
}

/**
 * The models of its segments, where the system is cut into them; a rule learns nothing, so it is the same in each, and a
 * program is not started for each.
 */
function fitParts(
  workspace: Workspace,
  spec: CandidateSpec,
  options: FitOptions & { readonly pooled: PooledFit },
): Promise<FittedPartition | null> {
  const { partition } = options.system.spec
  return partition && spec.kind !== 'rule' && !spec.program
    ? fitPartition(workspace, spec, { ...options, partition })
    : Promise.resolve(null)
}

const segmentFacts = (parts: FittedPartition | null): Readonly<Record<string, number>> =>
  parts
    ? {
        segments: parts.partition.segments,
        'rows of segments': parts.partition.rows,
        'segments of the pooled model': parts.partition.pooledSegments,
      }
    : {}

interface FoldOptions extends FitOptions {
  readonly runId: string
}

/** With one fold that fold's model is the candidate; with several, their scores judge it and all rows make it. */
async function fitFolds(workspace: Workspace, spec: CandidateSpec, options: FoldOptions): Promise<PooledFit> {
  const { dataset, rows } = options
  const parts: Scores[] = []
  let last: TrainedCandidate | undefined
  const isOne = rows.folds.length === 1
  for (const [place, fold] of rows.folds.entries()) {
    const artifactFolder = isOne ? '' : `folds/${place + 1}/`
    last = await train(workspace, spec, { ...options, slice: fold.train, artifactFolder })
    const model = await openModel(last.onnx)
    try {
      parts.push(await model.predict(tableOf(fold.test)))
    } finally {
      await model.release()
    }
  }
  const model =
    isOne && last ? last : await train(workspace, spec, { ...options, slice: rows.learned, artifactFolder: '' })
  return { model, scores: joinScores(parts, dataset.classes) }
}

function train(
  workspace: Workspace,
  spec: CandidateSpec,
  options: FoldOptions & { readonly slice: RowSlice; readonly artifactFolder: string },
): Promise<TrainedCandidate> {
  if (spec.program) return fitProgram(workspace, spec, options)
  const { dataset, slice, system, byTheClock } = options
  return options.pool.train(
    trainingData(dataset, slice),
    {
      kind: spec.kind,
      params: spec.params,
      seed: `${system.spec.seed}/${candidateName(spec)}`,
      ...(spec.tune
        ? { tune: { trials: spec.tune.trials, ...(byTheClock ? { budgetMs: durationMs(spec.tune.budget) } : {}) } }
        : {}),
    },
    {
      ...(options.signal ? { signal: options.signal } : {}),
      // What learns in no time is not worth a thread.
      inThread: rungOf(spec.kind) >= 2,
      onProgress: ({ done, of, unit }) => options.tell?.(`${done} of ${of} ${unit}`),
    },
  )
}

function joinScores(parts: readonly Scores[], classes: readonly string[]): Scores {
  if (parts.length === 1) return parts[0] as Scores
  const flat = (read: (part: Scores) => ArrayLike<number>): Float64Array =>
    Float64Array.from(parts.flatMap((part) => Array.from(read(part))))
  if (parts[0]?.kind === 'numbers')
    return { kind: 'numbers', values: flat((part) => (part as { values: Float64Array }).values) }
  return {
    kind: 'classes',
    classes,
    probabilities: flat((part) => (part as { probabilities: Float64Array }).probabilities),
  }
}
