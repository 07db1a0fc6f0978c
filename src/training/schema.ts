import type { ZodType } from 'zod'
import type { Field, Scores, Signature, Task } from '#model'
import type { Random, Table } from '#platform'

/** The truth that a trainer learns from, by row. */
export type Target =
  | {
      readonly kind: 'classes'
      /** Class names; for a binary task [negative, positive]. */
      readonly classes: readonly string[]
      /** Place of each row's class in `classes`, shape [rows]. */
      readonly labels: Int32Array
    }
  | { readonly kind: 'numbers'; readonly values: Float64Array }

/** Everything a trainer reads. Plain data: it crosses to the training thread as it is. */
export interface TrainingData {
  readonly task: Task
  /** The inputs of the model, in order: each has a column in `table`. */
  readonly inputs: readonly Field[]
  readonly table: Table
  readonly target: Target
  /** Importance of each row, shape [rows], ≥ 0; equal where absent. */
  readonly weights?: Float64Array
  /** Moment of each row (epoch ms), where the system has a time column: seasonal baselines read it. */
  readonly times?: Float64Array
}

/** What a trainer is given beside data and parameters. */
export interface TrainingContext {
  readonly random: Random
  /** Aborts at the next round when fired. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: TrainingProgress) => void
}

export interface TrainingProgress {
  readonly done: number
  readonly of: number
  /** What is counted: 'rounds', 'iterations', 'trials'. */
  readonly unit: string
  /** Loss so far, on validation rows where there are any. */
  readonly loss?: number
}

/**
 * A model straight from its trainer.
 *
 * `Own` is how it answers without ONNX: at once, or with a promise where another engine computes (a rule asks DuckDB).
 */
export interface FittedModel<Own extends Scores | Promise<Scores> = Scores> {
  /** The ONE file: preprocessing inside, one named input per column, signature in its metadata. */
  readonly onnx: Uint8Array
  /** The trainer's own prediction, computed without ONNX: what the file is checked against. */
  predict(table: Table): Own
  /** Facts worth recording: rounds, iterations, final loss, features. */
  readonly facts: Readonly<Record<string, number | string | boolean>>
  /** Share of the total gain or weight by input column, 0-1, largest first. */
  readonly importance: readonly { readonly input: string; readonly share: number }[]
}

/** One way to make a model. Trainers are plain data in one table (`trainers.ts`). */
export interface Trainer<
  Params extends object = Record<string, unknown>,
  Own extends Scores | Promise<Scores> = Scores,
> {
  /** The candidate's `kind` in the system file. */
  readonly kind: string
  /** Place on the ladder: 0 no-ML, 1 rule, 2 simple model, 3 complex model. */
  readonly rung: 0 | 1 | 2 | 3
  readonly tasks: readonly Task[]
  readonly defaults: Params
  /** Bounds of the parameters; without it they are held to the keys and types of `defaults`. */
  readonly schema?: ZodType<Params>
  /** Values that tuning may try, by parameter. */
  readonly searchSpace?: Readonly<Record<string, readonly (number | string | boolean)[]>>
  fit(data: TrainingData, params: Params, context: TrainingContext): Promise<FittedModel<Own>>
}

/** What is ordered from a trainer. */
export interface TrainingOrder {
  /** A trainer of the table in `trainers.ts`. */
  readonly kind: string
  /** Values that differ from the trainer's defaults. */
  readonly params?: Readonly<Record<string, unknown>>
  /** Search for better values first, starting from `params`. */
  readonly tune?: TuningBudget
  readonly seed: number | string
}

/** How much tuning may cost; with `trials` alone the outcome depends on nothing but data and seed. */
export interface TuningBudget {
  /** Combinations of values to start with. */
  readonly trials?: number
  /** Time after which no further trial starts, in milliseconds. */
  readonly budgetMs?: number
}

/** One fit of a tuning search. */
export interface Trial {
  readonly params: Readonly<Record<string, unknown>>
  /** Rung of successive halving, from 0: each has more rows and fewer combinations than the one before. */
  readonly rung: number
  /** Rows learned from. */
  readonly rows: number
  /** Mean log loss (nats) or squared error on the validation rows; null where the fit failed. */
  readonly loss: number | null
  /** Why the fit failed. */
  readonly error?: string
  readonly seconds: number
}

/** A trained model and the facts of its making, as plain data: a thread can pass it, a store can keep it. */
export interface TrainedCandidate {
  readonly kind: string
  /** The ONE file. */
  readonly onnx: Uint8Array<ArrayBuffer>
  readonly signature: Signature
  readonly facts: Readonly<Record<string, number | string | boolean>>
  /** What the data lacked, one sentence each. */
  readonly warnings: readonly string[]
  readonly importance: readonly { readonly input: string; readonly share: number }[]
  /** Every parameter, as trained with. */
  readonly params: Readonly<Record<string, unknown>>
  readonly trials?: readonly Trial[]
  readonly seed: number | string
  readonly rows: number
  /** From start to end, tuning included. */
  readonly seconds: number
  /** Time of the training thread on a processor, in milliseconds. */
  readonly cpuMs: number
}

/** Some rows that a model of their own is trained on. */
export interface TrainingPart {
  readonly name: string
  /** Places in the data, shape [rows of the part]. */
  readonly places: Int32Array
  readonly seed: number | string
}

/** The model of one part, or why its rows cannot be learned from. */
export type PartOutcome =
  | { readonly name: string; readonly trained: TrainedCandidate; readonly refused: null }
  | { readonly name: string; readonly trained: null; readonly refused: string }
