import type { Digest, EpochMs } from '#platform'
import type { Evaluation } from '#evaluation'
import type { Partition } from '#model'

/**
 * Does one piece of work once and gives its answer, which must be plain JSON. Live it is a step of a durable workflow;
 * in a rehearsal and in tests it runs at once ({@link atOnce}).
 */
export type Step = <T>(name: string, work: (step: StepContext) => Promise<T>) => Promise<T>

/** What a piece of work is given by whoever does it. */
export interface StepContext {
  /** Aborts when the work is no longer wanted. */
  readonly signal?: AbortSignal | undefined
}

/** The step of a driver that needs no durability. */
export const atOnce: Step = (_name, work) => work({})

/** One candidate, trained and judged on rows that it has not seen. Plain JSON. */
export interface FittedCandidate {
  readonly name: string
  readonly kind: string
  /** Place on the ladder: 0 no-ML, 1 rule, 2 simple model, 3 complex model. */
  readonly rung: number
  readonly runId: string
  readonly onnxDigest: string
  /** How it is cut into models of segments; null or absent where one model answers for all. */
  readonly partition?: Partition | null
  /** Blob with its scores of the judged rows, where other models than the stored ones made them; null where those did. */
  readonly scoresDigest: Digest | null
  readonly evaluation: Evaluation
  /** Probability from which a binary prediction is positive; null for other tasks. */
  readonly threshold: number | null
  readonly trainedRows: number
}

/** How a training ended. Plain JSON. */
export interface CycleResult {
  readonly atMs: EpochMs
  readonly trigger: string
  readonly fitted: readonly FittedCandidate[]
  /** Name of the candidate that the ladder chose. */
  readonly chosen: string
  readonly passed: boolean
  /** The registered version; null when a gate refused. */
  readonly versionId: string | null
  readonly versionNumber: number | null
  readonly releaseId: string | null
  /** Blob with what monitoring compares the version's windows with; null when none was registered. */
  readonly referenceDigest: Digest | null
}

/** How far a training is, for people who wait. */
export interface CycleProgress {
  readonly candidate: string
  readonly text: string
}
