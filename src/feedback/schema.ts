import type { EpochMs, Json } from '#platform'

/**
 * What became of one outcome that was sent: taken as the first for its prediction; the same as what was known; taken in
 * place of what was known; kept in the history, but older than what was known; or refused.
 */
export type OutcomeStatus = 'accepted' | 'duplicate' | 'corrected' | 'outdated' | 'refused'

/** One outcome as it is sent: the truth about a prediction, or about an entity. */
export interface SentOutcome {
  readonly predictionId?: string | undefined
  /** The entity columns of the system with their values, instead of a prediction. */
  readonly entity?: { readonly [column: string]: Json } | undefined
  /**
   * With an entity: the truth is about the latest prediction made at or before this moment; without it, about every
   * prediction for the entity.
   */
  readonly timeMs?: EpochMs | undefined
  /** A class as text (or true, false, or a number that names one), or the true number of a regression. */
  readonly outcome: string | number | boolean | null
  /** When the truth became known; when it was received where absent. The latest wins. */
  readonly observedMs?: EpochMs | undefined
}

/** What became of one row. */
export interface OutcomeResult {
  /** Place in what was sent, from 0. */
  readonly row: number
  readonly status: OutcomeStatus
  /** Why it was refused; null where it was not. */
  readonly reason: string | null
}

/** What became of all rows that were sent. */
export interface OutcomeReceipt {
  readonly counts: Readonly<Record<OutcomeStatus, number>>
  /** One for each row; for files only the refused ones, at most 1000. */
  readonly results: readonly OutcomeResult[]
}

/** Outcomes that came together: a request, a file, or a batch of the loop. */
export interface OutcomeBatch {
  /** 1, 2, 3 … over the workspace: a later one wins where two say the same moment. */
  readonly number: number
  readonly system: string
  /** The same for the same batch for ever, so that it is taken once. */
  readonly key: string
  readonly source: string
  readonly actor: string
  readonly receivedMs: EpochMs
  readonly counts: OutcomeReceipt['counts']
  /** Parquet file with its records; null where they stand in the store of facts. */
  readonly file: string | null
}
