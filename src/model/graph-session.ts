/** Types of tensors that ONNX Runtime takes and gives, by its own names. */
export type ElementType =
  | 'bool'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'string'

/** The values of a tensor, row-major. Halves are the bits of theirs in a Uint16Array, BOOL is 0 and 1 in a Uint8Array. */
export type ElementValues =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly string[]

/** What a graph says of one of its inputs or outputs. */
export interface GraphValue {
  readonly name: string
  readonly type: ElementType
  /** −1 where a dimension varies. */
  readonly shape: readonly number[]
  /** Names of the dimensions that vary; null where one is fixed or has no name. */
  readonly symbols: readonly (string | null)[]
}

/** A tensor on its way into a graph, or out of it. */
export interface GraphTensor {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly data: ElementValues
}

/**
 * A graph that is loaded. The adapter to ONNX Runtime for all that scores; only text in training is split without it.
 *
 * `run` blocks the thread that calls it, and so does loading: a graph that takes long belongs in a thread of its own.
 */
export interface GraphSession {
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  /**
   * Runs the graph; numbers are read where they lie, and must not change until it returns.
   * @param feeds one tensor for each input, by name
   * @param wanted names of outputs
   * @throws {Failure} `model/runFailed`
   */
  run(
    feeds: Readonly<Record<string, GraphTensor>>,
    wanted: readonly string[],
  ): Promise<Readonly<Record<string, GraphTensor>>>
  release(): Promise<void>
}
