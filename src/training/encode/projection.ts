/** A linear map of the features: outputs = features · weights + intercepts. */
export interface Projection {
  /** Outputs, K. */
  readonly outputs: number
  /** Row-major [features × K]. */
  readonly weights: Float32Array
  /** Shape [K]. */
  readonly intercepts: Float32Array
}
