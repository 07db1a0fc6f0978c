import type { Task } from '#model'

/** What was true, by row. */
export type Truth =
  | {
      readonly kind: 'classes'
      /** Class names; for a binary task [negative, positive]. */
      readonly classes: readonly string[]
      /** Place of each row's class in `classes`, shape [rows]. */
      readonly labels: Int32Array
    }
  | { readonly kind: 'numbers'; readonly values: Float64Array }

/** What was done about each row because of its prediction: the same form as the truth it is priced against. */
export type Decisions = Truth

/** A value and its 95 % interval. */
export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** A value, with its 95 % interval where one is known. */
export interface Estimate {
  readonly value: number
  readonly low: number | null
  readonly high: number | null
}

/** How a binary model's probabilities become decisions: positive from `value` up. */
export interface Threshold {
  readonly value: number
  /** Where it comes from: given, least cost on these rows, closed form of the cost, or one half for want of a cost. */
  readonly rule: 'given' | 'optimised' | 'calibrated' | 'half'
  /** The best threshold if the probabilities were calibrated; null without a cost. */
  readonly calibrated: number | null
}

/** One bin of a calibration curve. */
export interface CalibrationBin {
  readonly rows: number
  /** Bounds of the probabilities in it. */
  readonly low: number
  readonly high: number
  /** Mean probability of the positive class. */
  readonly predicted: number
  /** Share of rows that were positive. */
  readonly observed: number
}

/** How many rows of one class were decided as another. */
export interface ConfusionCell {
  readonly actual: string
  readonly predicted: string
  readonly rows: number
}

/** A part of the rows, and how the model does on it. */
export interface Slice extends Interval {
  readonly column: string
  /** A value, a span such as '[1, 5)', or null for rows without a value. */
  readonly group: string | null
  readonly rows: number
  /** Whether the whole interval is worse than the value over all rows. */
  readonly worse: boolean
}

/** What decides between models. */
export interface Primary extends Interval {
  readonly name: string
  readonly better: 'higher' | 'lower'
}

/** The judgement of one model on rows it has not seen, as plain JSON. */
export interface Evaluation {
  readonly task: Task
  readonly rows: number
  readonly primary: Primary
  /** By name; metrics without a value on these rows are absent. `expected-cost` is money per `per` rows. */
  readonly metrics: Readonly<Record<string, Interval>>
  /** Number of predictions that money is reported for. */
  readonly per: number
  readonly currency: string | null
  /** Binary only. */
  readonly threshold: Threshold | null
  /** Ten bins of equal count, lowest probability first; binary only. */
  readonly calibration: readonly CalibrationBin[]
  /** Pairs that occur, by actual then predicted class; empty for regression. */
  readonly confusion: readonly ConfusionCell[]
  /** Worst first; only groups with enough rows. */
  readonly slices: readonly Slice[]
  readonly resamples: number
}

/** Two models on the same rows. */
export interface Comparison {
  readonly metric: string
  /** Metric of the challenger less that of the incumbent. */
  readonly difference: number
  readonly low: number
  readonly high: number
  /** Whether the whole interval lies on the challenger's side of zero. */
  readonly better: boolean
  /** Whether the whole interval lies on the incumbent's side of zero. */
  readonly worse: boolean
  readonly challenger: number
  readonly incumbent: number
  readonly rows: number
}
