import type { Table } from '#platform'
import type { GraphTensor } from '../graph-session.ts'
import type { InnerTensor } from './expose-tensors.ts'

/** What a model's scores are measured in; see {@link Explanation}. */
export type ScoreScale = 'log-odds' | 'margin' | 'value'

/**
 * Why a model scored rows as it did: of every row and output, `base` plus the contributions of all inputs is the score, to
 * rounding.
 *
 * What is explained is the raw score, in float64 and before anything bends it: `log-odds` of the positive class (binary),
 * one `margin` per class, of which the softmax gives the probabilities (multiclass), or the predicted `value`
 * (regression, before it is rounded to float32).
 */
export interface Explanation {
  readonly scale: ScoreScale
  /** The model's inputs, in order: contributions of all features made of an input are summed. */
  readonly inputs: readonly string[]
  /** Names of the K outputs: the positive class, all classes, or none for a regression. */
  readonly outputs: readonly (string | null)[]
  /** Score of a row of which nothing is known: the mean over the training rows, as the model splits them. Shape [K]. */
  readonly base: Float64Array
  /** Row-major [rows × K]. */
  readonly scores: Float64Array
  /** Row-major [rows × K × inputs]. */
  readonly contributions: Float64Array
}

/** Explains the rows of tables. It holds native memory until released. */
export interface Explainer {
  /**
   * Explains every row.
   * @param table one column per input of the signature; more columns are ignored
   * @throws {Failure} `model/missingInput` or `model/wrongInputType`, as scoring does
   */
  explain(table: Table): Promise<Explanation>
  release(): Promise<void>
}

/** How one kind of model comes to its scores. */
export interface Contributor {
  /** Tensors of the graph that it reads. */
  readonly tensors: readonly InnerTensor[]
  /** Score where nothing is known, shape [K]. */
  readonly base: Float64Array
  /**
   * Adds the contributions of one row.
   * @param found the tensors by name
   * @param into shape [K × inputs], zero
   */
  addRow(found: FoundTensors, row: number, into: Float64Array): void
}

/** Tensors that a graph computed, by name. */
export type FoundTensors = Readonly<Record<string, GraphTensor>>
