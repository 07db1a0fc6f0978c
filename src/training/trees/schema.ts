import type { Random } from '#platform'

/** One input of a tree model, by row. */
export type TreeColumn =
  | {
      readonly kind: 'numeric'
      readonly name: string
      /** NaN is missing; infinities are ordinary values. */
      readonly values: Float32Array
    }
  | {
      readonly kind: 'categorical'
      readonly name: string
      /** Place of the row's category, −1 where missing; a place ≥ `categoryCount` is a category never seen. */
      readonly codes: Int32Array
      readonly categoryCount: number
    }

/** What the trees learn, by row. */
export type TreeTarget =
  | { readonly kind: 'binary'; /** 0 or 1. */ readonly labels: Int32Array }
  | { readonly kind: 'multiclass'; readonly classCount: number; readonly labels: Int32Array }
  | { readonly kind: 'regression'; readonly values: Float64Array }

/** How trees are grown and added. Names of the same settings in LightGBM stand in brackets. */
export interface TreeParams {
  /** Trees per output (num_iterations). */
  readonly rounds: number
  /** Share of each tree's answer that is added (learning_rate). */
  readonly learningRate: number
  /** Most leaves of a tree (num_leaves). */
  readonly leaves: number
  /** Most splits above a leaf; 0 is no limit (max_depth). */
  readonly maxDepth: number
  /** Fewest rows in a leaf (min_data_in_leaf). */
  readonly minLeafRows: number
  /** Smallest sum of second derivatives in a leaf (min_sum_hessian_in_leaf). */
  readonly minLeafHessian: number
  /** Penalty on leaf values squared (lambda_l2). */
  readonly l2: number
  /** Most histogram bins of a numeric column beside the one of missing values, 2 to 255 (max_bin). */
  readonly bins: number
  /** Further penalty on the leaves under a split by many categories (cat_l2). */
  readonly categoryL2: number
  /** Rows below which a category is left out, and the pull of its mean towards zero (cat_smooth). */
  readonly categorySmooth: number
  /** Most categories on the chosen side of a split (max_cat_threshold). */
  readonly categoriesPerSplit: number
  /** Fewest rows by which a set of categories grows (min_data_per_group). */
  readonly minGroupRows: number
  /** Columns with at most so many categories split one against the rest (max_cat_to_onehot). */
  readonly oneAgainstRestUpTo: number
  /** Share of the rows drawn for each round (bagging_fraction). */
  readonly rowShare: number
  /** Share of the columns drawn for each tree (feature_fraction). */
  readonly columnShare: number
  /** Share of the rows held back to stop early; 0 trains on all of them for all rounds. */
  readonly validationShare: number
  /** Rounds without a better validation loss after which training stops (early_stopping_round). */
  readonly patience: number
}

/** LightGBM's own defaults, and no early stopping. */
export const defaultTreeParams: TreeParams = {
  rounds: 100,
  learningRate: 0.1,
  leaves: 31,
  maxDepth: 0,
  minLeafRows: 20,
  minLeafHessian: 1e-3,
  l2: 0,
  bins: 255,
  categoryL2: 10,
  categorySmooth: 10,
  categoriesPerSplit: 32,
  minGroupRows: 100,
  oneAgainstRestUpTo: 4,
  rowShare: 1,
  columnShare: 1,
  validationShare: 0,
  patience: 30,
}

/** What a fit is given beside columns and target. */
export interface TreeFitOptions {
  readonly params: TreeParams
  /** Draws the bin sample, the held-back rows, and the shares of rows and columns. */
  readonly random: Random
  /** Importance of each row, ≥ 0: a row of weight 2 counts as two equal rows do. All 1 where absent. */
  readonly weights?: Float64Array | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each round; `loss` is that of the held-back rows. */
  readonly onRound?: ((round: { readonly done: number; readonly loss?: number }) => void) | undefined
}

/** One node of a tree. `rows` that reached it while training, and the loss its split saved, explain the model. */
export type TreeNode =
  | { readonly kind: 'leaf'; readonly value: number; readonly rows: number }
  | {
      /** Left where the value is ≤ `threshold` (a float32), or where it is missing and `missingLeft`. */
      readonly kind: 'threshold'
      readonly feature: number
      readonly threshold: number
      readonly missingLeft: boolean
      readonly left: number
      readonly right: number
      readonly rows: number
      readonly gain: number
    }
  | {
      /** Left where the category is one of `codes` (−1 is missing); a category never seen goes right. */
      readonly kind: 'categories'
      readonly feature: number
      readonly codes: readonly number[]
      readonly left: number
      readonly right: number
      readonly rows: number
      readonly gain: number
    }

/** Nodes of one tree; the root is the first, and children stand after their parent. */
export type Tree = readonly TreeNode[]

/** A trained sum of trees: plain JSON data, and all that prediction, export and explanation need. */
export interface TreeEnsemble {
  readonly task: 'binary' | 'multiclass' | 'regression'
  /** Scores per row: the number of classes for multiclass, else 1. */
  readonly outputs: number
  /** Score before any tree, shape [outputs]. */
  readonly initial: readonly number[]
  readonly features: readonly TreeFeature[]
  /** Tree `t` adds to output `t % outputs`. */
  readonly trees: readonly Tree[]
}

type TreeFeature =
  | { readonly kind: 'numeric'; readonly name: string }
  | { readonly kind: 'categorical'; readonly name: string; readonly categoryCount: number }
