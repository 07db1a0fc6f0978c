/** Where a leaf's rows would part, in bin numbers, and what that would save. */
export type Split = {
  /** Place of the column among the spans. */
  readonly span: number
  /** How much the loss falls, to second order. */
  readonly gain: number
  /** Sums over the rows that go left. */
  readonly leftGradient: number
  readonly leftHessian: number
  /** Penalty on the values of the two leaves. */
  readonly l2: number
} & (
  | {
      readonly kind: 'threshold'
      /** Last bin that goes left. */ readonly lastLeftBin: number
      readonly missingLeft: boolean
    }
  | { readonly kind: 'categories'; /** Bins that go left. */ readonly leftBins: readonly number[] }
)

/** Sums over the rows of a leaf. */
export interface LeafSums {
  readonly gradient: number
  readonly hessian: number
  readonly rows: number
}

/**
 * What a leaf with these sums takes off the loss, doubled: G² / (H + λ).
 * @see Chen & Guestrin (2016), XGBoost, equation 6
 */
export const leafGain = (gradient: number, hessian: number, l2: number): number =>
  (gradient * gradient) / (hessian + l2)
