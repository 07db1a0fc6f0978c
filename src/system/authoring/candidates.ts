import type { Duration } from '#platform'
import type { SystemInput } from '../schema.ts'

type CandidateInput = SystemInput['candidates'][number]

/** What every candidate may say besides. */
export interface CandidateOptions {
  /** What gates and reports call it; its kind where absent. */
  readonly name?: string
}

/** What a candidate that learns may say besides. */
export interface LearnerOptions extends CandidateOptions {
  /** Search for better parameters by successive halving: true, or how much it may cost. */
  readonly tune?: boolean | { readonly trials?: number; readonly budget?: Duration }
}

/** Parameters of boosted trees that are not what they are by default. */
export interface BoostedTreesOptions extends LearnerOptions {
  /** Trees per output (100). */
  readonly rounds?: number
  /** Share of each tree's answer that is added (0.1). */
  readonly learningRate?: number
  /** Most leaves of a tree (31). */
  readonly leaves?: number
  /** Most splits above a leaf; 0 is no limit (0). */
  readonly maxDepth?: number
  /** Fewest rows in a leaf (20). */
  readonly minLeafRows?: number
  /** Penalty on leaf values squared (0). */
  readonly l2?: number
  /** Share of the rows drawn for each round (1). */
  readonly rowShare?: number
  /** Share of the columns drawn for each tree (1). */
  readonly columnShare?: number
  /** Share of the rows held back to stop early; 0 trains for all rounds (0). */
  readonly validationShare?: number
  /** Rounds without a better loss on those rows after which training stops (30). */
  readonly patience?: number
}

/** Parameters of linear and logistic regression that are not what they are by default. */
export interface LinearOptions extends LearnerOptions {
  /** Penalty on the squared weights of numbers and categories (5). */
  readonly l2?: number
  /** The same of the terms of texts (0.1). */
  readonly textL2?: number
  /** Most steps of the optimiser (500). */
  readonly maxIterations?: number
  /** Fewest training rows of a category with a weight of its own (5). */
  readonly minCategoryRows?: number
  /** Most categories of a column with weights of their own (5000). */
  readonly maxCategories?: number
  /** Most words in a term: 2 for words and pairs of words (2). */
  readonly maxTermWords?: number
  /** Fewest training rows that a term must be in (2). */
  readonly minTermRows?: number
  /** Most terms of a text column (20,000). */
  readonly maxTerms?: number
}

/** Parameters of the seasonal baseline that are not what they are by default. */
export interface SeasonalOptions extends LearnerOptions {
  /** What counts as the same time again, in UTC ('hour-of-week'). */
  readonly season?: 'hour-of-week' | 'hour-of-day' | 'day-of-week' | 'day-of-month' | 'month-of-year'
  /** The timestamp input that tells the time; the only one where absent. */
  readonly input?: string
  /** Rows' worth of the overall answer that each slot is mixed with (1). */
  readonly smoothing?: number
}

/** No ML: the shares of the classes, whatever the row. */
export const majority = (options: CandidateOptions = {}): CandidateInput => candidate('majority', { ...options })

/** No ML: the mean of the target, or its median, whatever the row. */
export const mean = (options: CandidateOptions & { readonly statistic?: 'mean' | 'median' } = {}): CandidateInput =>
  candidate('mean', { ...options })

/** No ML: as it was at the same time of the season. The dataset's inputs must hold a timestamp. */
export const seasonalNaive = (options: SeasonalOptions = {}): CandidateInput =>
  candidate('seasonal-naive', { ...options })

/**
 * What people would do without ML: one SQL expression over the inputs (a condition, a class, or a number). It answers
 * with what was observed where it says so; `calibrate: false` makes it answer with certainty.
 */
export const rule = (sql: string, options: CandidateOptions & { readonly calibrate?: boolean } = {}): CandidateInput =>
  candidate('rule', { ...options, sql })

/** Linear regression. */
export const linear = (options: LinearOptions = {}): CandidateInput => candidate('linear', { ...options })

/** Logistic regression; softmax where there are several classes. */
export const logistic = (options: LinearOptions = {}): CandidateInput => candidate('logistic', { ...options })

/** Gradient-boosted decision trees. */
export const boostedTrees = (options: BoostedTreesOptions = {}): CandidateInput =>
  candidate('boosted-trees', { ...options })

type Scalar = string | number | boolean

function candidate(kind: string, { name, tune, ...params }: Readonly<Record<string, unknown>>): CandidateInput {
  return {
    kind,
    ...(name === undefined ? {} : { name: name as string }),
    params: Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) as Record<
      string,
      Scalar
    >,
    ...(tune === undefined || tune === false ? {} : { tune: tune === true ? {} : (tune as { trials?: number }) }),
  }
}
