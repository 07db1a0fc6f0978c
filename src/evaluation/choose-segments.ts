import { copyScores, putScores, type Scores } from '#model'
import type { Random } from '#platform'
import { bestThreshold } from './cost/best-threshold.ts'
import { positiveProbabilities } from './decide.ts'
import { measureOne } from './measure.ts'
import { metricOf } from './metrics.ts'
import { rowsOf, takeScores, takeTruth, type Judgement } from './sample/judged-rows.ts'

export interface SegmentOptions extends Omit<Judgement, 'scores' | 'threshold' | 'decisions' | 'weights'> {
  /** What the pooled model answers for every judged row. */
  readonly pooled: Scores
  /** What the segments' own models answer; only the rows of `segments` are read. */
  readonly own: Scores
  /** The judged rows of each segment with a model of its own. */
  readonly segments: ReadonlyMap<string, Int32Array>
  readonly primary: string
  readonly random: Random
}

export interface SegmentChoice {
  /** Segments whose own model is kept, in the order of `segments`. */
  readonly kept: readonly string[]
  /** What to judge the whole by: no row's answer was chosen by the truth of that row. */
  readonly scores: Scores
}

/**
 * Which segments are better off with a model of their own, by the primary metric on rows that no model has seen.
 *
 * A segment keeps its own model where that beats the pooled one on all of its judged rows. Judged on those very rows the
 * whole would look too good: of hundreds of noisy choices each takes the better side of its noise. So the scores to judge by
 * are cross-fitted: the rows of a segment are halved at random, and each half is answered as the other half chooses. If the
 * whole, so judged, is no better than the pooled model, no segment keeps its own.
 *
 * A yes-or-no decision falls at the threshold that is best for the pooled model.
 *
 * @throws {Failure} `evaluation/unknownMetric`, and as `evaluate`
 */
export function chooseSegments(options: SegmentOptions): SegmentChoice {
  const { pooled, segments, random } = options
  const beats = comparing(options)
  const kept: string[] = []
  const own: Int32Array[] = []
  for (const [segment, rows] of segments) {
    if (beats(rows)) kept.push(segment)
    const halves = halved(rows, random.fork(segment))
    for (const [place, half] of halves.entries()) if (beats(halves[1 - place] as Int32Array)) own.push(half)
  }
  const scores = mixed(options, own)
  const everyRow = Int32Array.from({ length: rowsOf(options.truth) }, (_, row) => row)
  const isBetter = kept.length > 0 && comparing({ ...options, own: scores })(everyRow)
  return isBetter ? { kept, scores } : { kept: [], scores: pooled }
}

/** Whether the own scores are better than the pooled ones on some rows; false where the metric has no value on them. */
function comparing(options: SegmentOptions): (rows: Int32Array) => boolean {
  const { task, truth, cost, per, pooled, own, primary } = options
  const sign = metricOf(primary, task).better === 'lower' ? -1 : 1
  const threshold =
    task === 'binary' && cost && truth.kind === 'classes' && rowsOf(truth) > 0
      ? bestThreshold(positiveProbabilities(pooled), truth, { cost }).threshold
      : undefined
  return (rows) => {
    if (rows.length === 0) return false
    const valueOf = (scores: Scores): number =>
      measureOne(
        { task, cost, per, threshold, truth: takeTruth(truth, rows), scores: takeScores(scores, rows) },
        primary,
      )
    return sign * (valueOf(own) - valueOf(pooled)) > 0
  }
}

function halved(rows: Int32Array, random: Random): readonly [Int32Array, Int32Array] {
  const shuffled = Int32Array.from(random.shuffle([...rows]))
  const middle = shuffled.length >> 1
  return [shuffled.subarray(0, middle).toSorted(), shuffled.subarray(middle).toSorted()]
}

/** The pooled scores with the own ones at some rows. */
function mixed({ pooled, own }: SegmentOptions, places: readonly Int32Array[]): Scores {
  const scores = copyScores(pooled)
  for (const rows of places) putScores(scores, takeScores(own, rows), rows)
  return scores
}
