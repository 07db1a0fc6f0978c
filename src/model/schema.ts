import type { Digest, Table } from '#platform'

/** What a model predicts. */
export type Task = 'binary' | 'multiclass' | 'regression'

/**
 * How a column is understood, and the ONNX tensor that carries it, always shape [N, 1]:
 * `numeric` and `boolean` float32 (NaN = missing), `timestamp` float64 epoch milliseconds in UTC (NaN = missing),
 * `categorical` and `text` string ('' = missing).
 */
export type FieldType = 'numeric' | 'boolean' | 'categorical' | 'timestamp' | 'text'

export interface Field {
  readonly name: string
  readonly type: FieldType
}

/**
 * What a model takes and gives. It travels inside the ONNX file as metadata property `millrace.signature`.
 *
 * Outputs of a classifier: `label` string [N] and `probabilities` float32 [N, K]; of a regression: `prediction`
 * float32 [N, 1].
 */
export interface Signature {
  readonly task: Task
  /** One named input per column, in order. */
  readonly inputs: readonly Field[]
  /** Class names in the order of `probabilities`; for a binary task [negative, positive]. Empty for regression. */
  readonly classes: readonly string[]
}

/** What a model answers for a table, by row. */
export type Scores =
  | {
      readonly kind: 'classes'
      readonly classes: readonly string[]
      /** Shape [rows × K], row-major, each row sums to 1. */
      readonly probabilities: Float32Array | Float64Array
    }
  | { readonly kind: 'numbers'; readonly values: Float32Array | Float64Array }

export interface PredictOptions {
  /** Milliseconds of `performance.now()` after which nobody waits for the answer; heeded where requests queue. */
  readonly deadlineMs?: number | undefined
}

/** An opened ONNX model. It holds native memory until released. */
export interface Model {
  readonly signature: Signature
  /**
   * Scores every row.
   * @param table one column per input of the signature; more columns are ignored
   * @throws {Failure} `model/missingInput` when an input has no column
   */
  predict(table: Table, options?: PredictOptions): Promise<Scores>
  release(): Promise<void>
}

/** How a stored model is cut into one model per segment. Plain JSON; the models themselves are listed in a blob. */
export interface Partition {
  /** Column whose text says to which segment a row belongs. */
  readonly by: string
  /** Blob with the {@link SegmentModel}s as a JSON array, by segment. */
  readonly segmentsDigest: Digest
  /** Segments that have a model of their own, and the rows that those learned from. */
  readonly segments: number
  readonly rows: number
  /** Segments among the rows learned from that the pooled model answers, and their rows; those without a segment count as rows. */
  readonly pooledSegments: number
  readonly pooledRows: number
}

/** The model of one segment. */
export interface SegmentModel {
  readonly segment: string
  readonly onnxDigest: Digest
  /** Rows that it learned from. */
  readonly rows: number
}

/** A model in the store: one ONNX file, and where it is partitioned one more for each of its segments. */
export interface StoredModel {
  /** The file that answers for all rows, or for those of segments without a model of their own. */
  readonly onnxDigest: Digest
  readonly partition?: Partition | null | undefined
}
