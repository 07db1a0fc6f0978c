/** A linear map of the features: outputs = features · weights + intercepts. */
export interface Projection {
  /** Outputs, K. */
  readonly outputs: number
  /** Row-major [features × K]. */
  readonly weights: Float32Array
  /** Shape [K]. */
  readonly intercepts: Float32Array
}

/** A linear map, or a part of it, inside a graph. */
export interface ProjectedNodes {
  /** float64 tensor [N, K] */
  readonly sums: string
  /** The tensors that its terms stand in; together they are all of it but the intercepts. */
  readonly parts: readonly ProjectedPart[]
}

/** Terms that stand in one tensor of float64; `of` names the input that each of its columns or slots is made of. */
export type ProjectedPart =
  | {
      readonly kind: 'product'
      /** [N, columns] */
      readonly tensor: string
      /** float64 constant [columns, K] that it is multiplied by. */
      readonly weights: string
      readonly of: readonly string[]
    }
  | {
      readonly kind: 'sums'
      /** [N, slots, K], or [N, K] of one slot: what each slot adds. */
      readonly tensor: string
      readonly of: readonly string[]
    }
