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

/** Other parameters, by their names in the trainer. */
type Params = Readonly<Record<string, string | number | boolean>>

/** No ML: the shares of the classes, whatever the row. */
export const majority = (options: CandidateOptions = {}): CandidateInput => candidate('majority', { ...options })

/** No ML: the mean of the target, or its median, whatever the row. */
export const mean = (options: CandidateOptions & { readonly statistic?: 'mean' | 'median' } = {}): CandidateInput =>
  candidate('mean', { ...options })

/** No ML: as it was at the same time of the season. */
export const seasonalNaive = (options: CandidateOptions & Params = {}): CandidateInput =>
  candidate('seasonal-naive', { ...options })

/** What people would do without ML: one SQL expression over the inputs (a condition, a class, or a number). */
export const rule = (sql: string, options: CandidateOptions = {}): CandidateInput =>
  candidate('rule', { ...options, sql })

/** Linear regression with a ridge. */
export const linear = (options: LearnerOptions & ParamsBeside<LearnerOptions> = {}): CandidateInput =>
  candidate('linear', { ...options })

/** Logistic regression; softmax where there are several classes. */
export const logistic = (options: LearnerOptions & ParamsBeside<LearnerOptions> = {}): CandidateInput =>
  candidate('logistic', { ...options })

/** Gradient-boosted decision trees. */
export const boostedTrees = (options: BoostedTreesOptions = {}): CandidateInput =>
  candidate('boosted-trees', { ...options })

type ParamsBeside<Known> = { readonly [name: string]: string | number | boolean | undefined | Known[keyof Known] }

function candidate(kind: string, { name, tune, ...params }: Readonly<Record<string, unknown>>): CandidateInput {
  return {
    kind,
    ...(name === undefined ? {} : { name: name as string }),
    params: Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) as Params,
    ...(tune === undefined || tune === false ? {} : { tune: tune === true ? {} : (tune as { trials?: number }) }),
  }
}
