import type { Flight } from './killed-system.ts'

/** A prediction that the caller got. */
export interface Answer {
  readonly versionId: string
  readonly decision: string | undefined
  readonly flight: Flight
}

/** What the API says of a turn. */
export interface TurnView {
  readonly id: string
  readonly state: string
  readonly output: { readonly versionNumber: number | null; readonly passed: boolean | null } | null
  readonly error: { readonly code: string; readonly message: string } | null
}

/** Everything that the outside was told: what a store that forgets nothing must hold. */
export interface Ledger {
  /** Predictions by id. */
  readonly answers: Map<string, Answer>
  /** Predictions whose outcome was acknowledged. */
  readonly told: Set<string>
  /** Id of the run of each turn by its key, as soon as it was acknowledged. */
  readonly turns: Map<string, string>
  /** Turns that were seen to end. */
  readonly ended: Map<string, TurnView>
  /** Flights files that were published. */
  files: number
  /** What should not have happened, such as an answer 500. */
  readonly problems: string[]
}

export const newLedger = (): Ledger => ({
  answers: new Map(),
  told: new Set(),
  turns: new Map(),
  ended: new Map(),
  files: 0,
  problems: [],
})
