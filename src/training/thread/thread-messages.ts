import { Failure, isFailure } from '#platform'
import type {
  PartOutcome,
  TrainedCandidate,
  TrainingData,
  TrainingOrder,
  TrainingPart,
  TrainingProgress,
} from '../schema.ts'

/** One candidate to train, on all rows; or on each of some parts, each with a seed of its own. */
export type ThreadWork =
  | { readonly data: TrainingData; readonly order: TrainingOrder; readonly parts: null }
  | {
      readonly data: TrainingData
      readonly order: Omit<TrainingOrder, 'seed'>
      readonly parts: readonly TrainingPart[]
    }

/** What a training thread is started with. */
export interface ThreadTask {
  readonly work: ThreadWork
  /** Fires the thread's abort signal. */
  readonly cancelFlag: Int32Array
}

/** What a training thread says: that it lives, at its start and when asked; its progress; and at last how it ended. */
export type ThreadMessage =
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'alive' }
  | { readonly kind: 'trained'; readonly made: TrainedCandidate | readonly PartOutcome[] }
  | { readonly kind: 'failed'; readonly error: ErrorMessage }

/** An error as it crosses threads: a failure loses its class on the way, any other error arrives as it was. */
export type ErrorMessage =
  | { readonly kind: 'error'; readonly error: unknown }
  | {
      readonly kind: 'failure'
      readonly code: string
      readonly message: string
      readonly status: number
      readonly retry: boolean
      readonly remedy: string
      readonly details: Readonly<Record<string, unknown>>
    }

export function packError(error: unknown): ErrorMessage {
  if (!isFailure(error)) return { kind: 'error', error }
  const { code, message, status, retry, remedy, details } = error
  return { kind: 'failure', code, message, status, retry, remedy, details }
}

export function unpackError(packed: ErrorMessage): unknown {
  if (packed.kind === 'error') return packed.error
  const { code, message, status, retry, remedy, details } = packed
  // The catalogue's sentence of meaning is found by the code; it does not travel.
  return new Failure(code, message, { entry: { status, retry, remedy, means: '' }, remedy, details })
}
