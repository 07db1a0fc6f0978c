import { chooseSegments } from '#evaluation'
import {
  copyScores,
  keepSegments,
  openModel,
  putScores,
  rowsBySegment,
  type Partition,
  type Scores,
  type SegmentModel,
} from '#model'
import { seededRandom, takeRows, type Workspace } from '#platform'
import { candidateName, type CandidateSpec, type PartitionSpec } from '#system'
import type { PartOutcome, TrainedCandidate } from '#training'
import type { FitOptions } from '../fit-options.ts'
import { rungOf } from '../rung-of.ts'
import { tableOf, trainingData, truthOf, type Fold, type RowSlice } from '../learning-rows.ts'
import { ownSegments } from './segment-rows.ts'

/** A candidate that was fitted on the rows of all segments together, and its scores of the judged rows. */
export interface PooledFit {
  readonly model: TrainedCandidate
  readonly scores: Scores
}

export interface PartitionOptions extends FitOptions {
  readonly partition: PartitionSpec
  readonly pooled: PooledFit
}

/** The models of a candidate's segments, kept as blobs, and the scores that it is judged by with them. */
export interface FittedPartition {
  readonly partition: Partition
  readonly scores: Scores
}

/**
 * Fits a candidate once more for each segment with enough rows, with the parameters that the pooled one was trained with,
 * and keeps the models of those segments that are better off with them.
 */
export async function fitPartition(
  workspace: Workspace,
  spec: CandidateSpec,
  options: PartitionOptions,
): Promise<FittedPartition> {
  const { rows, partition, pooled, system } = options
  const { framing, evaluation, seed } = system.spec
  const segments = ownSegments(rows.learned, partition)
  const tried = await tryOnFolds(spec, options, new Set(segments.keys()))
  const { kept, scores } = chooseSegments({
    task: framing.task,
    cost: framing.cost,
    per: framing.per,
    primary: evaluation.primary,
    truth: truthOf(rows.judged),
    pooled: pooled.scores,
    own: tried.scores,
    segments: tried.judged,
    random: seededRandom(`${seed}/${candidateName(spec)}/choose segments`),
  })
  const wanted = new Set(kept)
  const made =
    rows.folds.length === 1
      ? tried.last.filter(({ name }) => wanted.has(name))
      : await trainSegments(spec, { ...options, slice: rows.learned, segments: wanted })
  const models = await keepModels(workspace, made)
  return { partition: await summaryOf(workspace, models, options), scores }
}

interface Trial {
  /** The pooled scores of the judged rows, with those of the segments' own models where there are any. */
  readonly scores: Scores
  /** The rows that segments' own models answered, by segment: places among the judged ones. */
  readonly judged: ReadonlyMap<string, Int32Array>
  /** What the last fold made. */
  readonly last: readonly PartOutcome[]
}

async function tryOnFolds(
  spec: CandidateSpec,
  options: PartitionOptions,
  segments: ReadonlySet<string>,
): Promise<Trial> {
  const scores = copyScores(options.pooled.scores)
  const judged = new Map<string, number[]>()
  let last: readonly PartOutcome[] = []
  let from = 0
  for (const fold of options.rows.folds) {
    last = await trainSegments(spec, { ...options, slice: fold.train, segments })
    for await (const part of answersOf(last, fold, options.partition.by)) {
      options.signal?.throwIfAborted()
      const places = part.places.map((place) => from + place)
      putScores(scores, part.scores, places)
      judged.set(part.segment, [...(judged.get(part.segment) ?? []), ...places])
    }
    from += fold.test.places.length
  }
  return {
    scores,
    judged: new Map(Array.from(judged, ([segment, places]) => [segment, Int32Array.from(places)])),
    last,
  }
}

/** What the models of segments answer to their rows of a fold's test. */
async function* answersOf(
  outcomes: readonly PartOutcome[],
  fold: Fold,
  by: string,
): AsyncGenerator<{ readonly segment: string; readonly places: Int32Array; readonly scores: Scores }> {
  const test = tableOf(fold.test)
  const placesOf = rowsBySegment(test, by)
  for (const { name, trained } of outcomes) {
    const places = placesOf.get(name)
    if (!trained || !places) continue
    const model = await openModel(trained.onnx)
    try {
      yield { segment: name, places, scores: await model.predict(takeRows(test, places)) }
    } finally {
      await model.release()
    }
  }
}

function trainSegments(
  spec: CandidateSpec,
  options: PartitionOptions & { readonly slice: RowSlice; readonly segments: ReadonlySet<string> },
): Promise<readonly PartOutcome[]> {
  const { dataset, slice, segments, partition, pooled, system, signal, tell } = options
  const data = trainingData(dataset, slice)
  const parts = [...rowsBySegment(tableOf(slice), partition.by)]
    .filter(([segment]) => segments.has(segment))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, places]) => ({ name, places, seed: `${system.spec.seed}/${candidateName(spec)}/segments/${name}` }))
  return options.pool.trainParts(
    // A segment's model does not see the segment: it is the same in all of its rows.
    { ...data, inputs: data.inputs.filter(({ name }) => name !== partition.by) },
    { kind: spec.kind, params: pooled.model.params },
    {
      parts,
      ...(signal ? { signal } : {}),
      inThread: rungOf(spec.kind) >= 2,
      onProgress: ({ done, of }) => tell?.(`${done} of ${of} segments`),
    },
  )
}

async function keepModels(workspace: Workspace, outcomes: readonly PartOutcome[]): Promise<readonly SegmentModel[]> {
  const models: SegmentModel[] = []
  const made = outcomes.flatMap(({ name, trained }) => (trained ? [{ name, trained }] : []))
  // The disk syncs several files in hardly more time than one.
  for (let from = 0; from < made.length; from += putAtOnce)
    models.push(
      ...(await Promise.all(
        made.slice(from, from + putAtOnce).map(async ({ name, trained }) => ({
          segment: name,
          onnxDigest: await workspace.blobs.put(trained.onnx),
          rows: trained.rows,
        })),
      )),
    )
  return models
}

const putAtOnce = 16

async function summaryOf(
  workspace: Workspace,
  models: readonly SegmentModel[],
  { rows: { learned }, partition: { by } }: PartitionOptions,
): Promise<Partition> {
  const rows = models.reduce((sum, model) => sum + model.rows, 0)
  return {
    by,
    segmentsDigest: await keepSegments(workspace, models),
    segments: models.length,
    rows,
    pooledSegments: rowsBySegment(tableOf(learned), by).size - models.length,
    pooledRows: learned.places.length - rows,
  }
}
