import type { ElementValues } from '#model'
import type { EpochMs } from '#platform'

/** Datatypes of the Open Inference Protocol that ONNX Runtime takes. */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'FP32'
  | 'FP64'
  | 'BYTES'

/**
 * Values of a tensor, row-major: BOOL and UINT8 as Uint8Array, INT64 and UINT64 as their big typed arrays, FP16 as the
 * bits of its halves in a Uint16Array, BYTES as text; else the typed array of the name.
 */
export type TensorValues = ElementValues

/** What a model says of one of its inputs or outputs. */
export interface TensorSpec {
  readonly name: string
  readonly datatype: Datatype
  /** −1 where a dimension varies. */
  readonly shape: readonly number[]
}

/** A tensor with its values, as many as the product of its shape. */
export interface TensorValue {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: TensorValues
}

/** Parameters of the protocol; those that mean something to Millrace are `timeout` (µs) and `shadow`. */
export type Parameters = { readonly [name: string]: string | number | boolean }

/** One request, whichever protocol it came by. */
export interface InferRequest {
  readonly model: string
  /** The one that serves where absent. */
  readonly version?: string | undefined
  /** The caller's own name for the request. */
  readonly id?: string | undefined
  readonly parameters?: Parameters | undefined
  readonly inputs: readonly TensorValue[]
  /** Names of the outputs that are wanted; all where absent. */
  readonly outputs?: readonly string[] | undefined
}

/** The answer to an {@link InferRequest}. */
export interface InferResponse {
  readonly model: string
  readonly version: string
  readonly id?: string | undefined
  /** `prediction_id` names the first row in the prediction log; row n of more is `<prediction_id>-<n>`. */
  readonly parameters?: Parameters | undefined
  /** In the order asked for, else in the model's. */
  readonly outputs: readonly TensorValue[]
}

/** What a server says of a model. */
export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: 'onnx_onnxv1'
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** A line of the repository's index. */
export interface RepositoryEntry {
  readonly name: string
  readonly version: string
  readonly state: 'READY' | 'UNAVAILABLE'
  readonly reason: string
}

/** How often something happened, and how long it took in all. */
export interface DurationCount {
  readonly count: number
  readonly ns: number
}

/** What a version has done in this process since it started, in the form of Triton's statistics extension. */
export interface ModelStatistics {
  readonly name: string
  readonly version: string
  /** Epoch milliseconds of the last request; 0 before the first. */
  readonly lastInference: EpochMs
  /** Rows answered. */
  readonly inferenceCount: number
  /** Runs of the model. */
  readonly executionCount: number
  readonly success: DurationCount
  readonly fail: DurationCount
  readonly queue: DurationCount
  readonly computeInput: DurationCount
  readonly computeInfer: DurationCount
  readonly computeOutput: DurationCount
  /** Runs by how many rows they had. */
  readonly batches: readonly { readonly batchSize: number; readonly computeInfer: DurationCount }[]
}

/** What every protocol speaks to: the models of a server by name, whatever they came from. */
export interface Inference {
  /** Whether every model that should serve can. */
  isReady(): Promise<boolean>
  /** @throws {Failure} `serving/unknownModel` */
  isModelReady(name: string, version?: string): Promise<boolean>
  /** @throws {Failure} `serving/unknownModel`, `model/unreadable` and others of a model that cannot be opened */
  modelMetadata(name: string, version?: string): Promise<ModelMetadata>
  /**
   * Runs a model; what it answers is in the prediction log when this returns.
   * @throws {Failure} `serving/unknownModel`, `serving/badInput`, `serving/overloaded` (503), `serving/deadlineExceeded`
   */
  infer(request: InferRequest): Promise<InferResponse>
  /** Every model and version of the repository. */
  index(options?: { readonly readyOnly?: boolean }): Promise<readonly RepositoryEntry[]>
  /**
   * Loads a model into the repository: from a file that is handed over, else again from the one that is held.
   * @throws {Failure} `serving/unknownModel`, `model/unreadable`
   */
  load(
    name: string,
    options?: { readonly file?: { readonly version: string; readonly bytes: Uint8Array } },
  ): Promise<void>
  /** @throws {Failure} `serving/unknownModel` */
  unload(name: string): Promise<void>
  /** Of one model or version, or of all. @throws {Failure} `serving/unknownModel` */
  statistics(name?: string, version?: string): Promise<readonly ModelStatistics[]>
}
