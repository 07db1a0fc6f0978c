import type { Table } from '#platform'

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

/** An opened ONNX model. It holds native memory until released. */
export interface Model {
  readonly signature: Signature
  /**
   * Scores every row.
   * @param table one column per input of the signature; more columns are ignored
   * @throws {Failure} `model/missingInput` when an input has no column
   */
  predict(table: Table): Promise<Scores>
  release(): Promise<void>
}
