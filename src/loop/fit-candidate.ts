import type { Dataset } from '#dataset'
import { evaluate, type Evaluation } from '#evaluation'
import { openModel, type Scores } from '#model'
import { durationMs, seededRandom, type Workspace } from '#platform'
import type { CandidateSpec, SystemVersion } from '#system'
import { finishRun, logArtifact, logMetrics, startRun } from '#tracking'
import { trainers, type TrainedCandidate, type TrainingPool } from '#training'
import { tableOf, trainingData, truthOf, type LearningRows, type RowSlice } from './learning-rows.ts'
import { keepScores } from './held-out-scores.ts'
import type { FittedCandidate } from './schema.ts'

export interface FitOptions {
  readonly system: SystemVersion
  readonly dataset: Dataset
  readonly rows: LearningRows
  /** Names this training for ever, so that a resumed one finds its runs again. */
  readonly key: string
  /** Whether tuning may stop by the machine's clock; never in a rehearsal, which must repeat. */
  readonly byTheClock: boolean
  readonly pool: TrainingPool
  readonly signal?: AbortSignal | undefined
  readonly tell?: (text: string) => void
}

/** A fitted candidate with its scores of the test rows, in their order. */
export interface Fitting {
  readonly candidate: FittedCandidate
  readonly scores: Scores
}

/** Trains one candidate, judges it on the rows that it has not seen, and records the run. */
export async function fitCandidate(workspace: Workspace, spec: CandidateSpec, options: FitOptions): Promise<Fitting> {
  const { system, dataset, key } = options
  const name = nameOf(spec)
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
    const fitted = await fitFolds(spec, options)
    const evaluation = judgeScores(options, fitted.scores)
    const onnxDigest = await workspace.blobs.put(fitted.model.onnx)
    await logArtifact(workspace, { runId: run.id, path: 'model.onnx', digest: onnxDigest })
    const scoresDigest = options.rows.folds.length > 1 ? await keepScores(workspace, fitted.scores) : null
    if (scoresDigest !== null)
      await logArtifact(workspace, { runId: run.id, path: 'held-out-scores.f64', digest: scoresDigest })
    await logMetrics(workspace, {
      runId: run.id,
      metrics: Object.fromEntries(Object.entries(evaluation.metrics).map(([metric, { value }]) => [metric, value])),
    })
    await finishRun(workspace, {
      runId: run.id,
      status: 'finished',
      facts: { ...fitted.model.facts, rows: fitted.model.rows },
    })
    return {
      candidate: {
        name,
        kind: spec.kind,
        rung: rungOf(spec.kind),
        runId: run.id,
        onnxDigest,
        scoresDigest,
        evaluation,
        threshold: evaluation.threshold?.value ?? null,
        trainedRows: fitted.model.rows,
      },
      scores: fitted.scores,
    }
  } catch (error) {
    await finishRun(workspace, { runId: run.id, status: options.signal?.aborted ? 'cancelled' : 'failed', error })
    throw error
  }
}

/** Judges scores of the judged rows, with intervals and slices, at the threshold that costs least. */
function judgeScores({ system, rows }: FitOptions, scores: Scores): Evaluation {
  const { framing, evaluation, seed } = system.spec
  const { columns } = tableOf(rows.judged)
  return evaluate({
    task: framing.task,
    scores,
    truth: truthOf(rows.judged),
    cost: framing.cost,
    per: framing.per,
    threshold: 'optimise',
    slices: Object.fromEntries(evaluation.slices.flatMap((name) => (columns[name] ? [[name, columns[name]]] : []))),
    minSliceRows: evaluation.minSliceRows,
    primary: evaluation.primary,
    random: seededRandom(`${seed}/evaluate`),
  })
}

export const nameOf = (spec: CandidateSpec): string => spec.name ?? spec.kind

const rungOf = (kind: string): number => trainers.find((trainer) => trainer.kind === kind)?.rung ?? 3

/** With one fold that fold's model is the candidate; with several, their scores judge it and all rows make it. */
async function fitFolds(
  spec: CandidateSpec,
  options: FitOptions,
): Promise<{ model: TrainedCandidate; scores: Scores }> {
  const { dataset, rows } = options
  const parts: Scores[] = []
  let last: TrainedCandidate | undefined
  for (const fold of rows.folds) {
    last = await train(spec, { ...options, slice: fold.train })
    const model = await openModel(last.onnx)
    try {
      parts.push(await model.predict(tableOf(fold.test)))
    } finally {
      await model.release()
    }
  }
  const model = rows.folds.length === 1 && last ? last : await train(spec, { ...options, slice: rows.learned })
  return { model, scores: joinScores(parts, dataset.classes) }
}

function train(spec: CandidateSpec, options: FitOptions & { readonly slice: RowSlice }): Promise<TrainedCandidate> {
  const { dataset, slice, system, byTheClock } = options
  return options.pool.train(
    trainingData(dataset, slice),
    {
      kind: spec.kind,
      params: spec.params,
      seed: `${system.spec.seed}/${nameOf(spec)}`,
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
