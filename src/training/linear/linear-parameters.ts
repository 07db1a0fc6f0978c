import { z } from 'zod'
import type { FeatureOptions } from '../encode/feature-encoder.ts'
import type { FitOptions } from './fit-weights.ts'

/** Parameters of the linear and the logistic trainer. */
export interface LinearParameters {
  /** Penalty on the squared weights of numbers, categories and calendar parts: 1 / C of scikit-learn. */
  readonly l2: number
  /** The same of terms: a text's values are small (its row has length 1), so they need less. */
  readonly textL2: number
  readonly maxIterations: number
  /** Stops when no derivative of the mean loss is larger. */
  readonly tolerance: number
  /** Fewest training rows of a category with a weight of its own. */
  readonly minCategoryRows: number
  /** Most categories of a column with weights of their own. */
  readonly maxCategories: number
  /** Most words in a term: 2 for words and pairs of words. */
  readonly maxTermWords: number
  /** Fewest training rows that a term must be in. */
  readonly minTermRows: number
  /** Most terms of a text column. */
  readonly maxTerms: number
  /** Counts a term that is there t times as 1 + ln t rather than t. */
  readonly sublinear: boolean
}

/**
 * Where to start from: `l2` was the best for tables of many categories (flights) over 2,000 to 100,000 rows, `textL2`
 * for short texts (banking77).
 */
export const linearDefaults: LinearParameters = {
  l2: 5,
  textL2: 0.1,
  maxIterations: 500,
  tolerance: 1e-5,
  minCategoryRows: 5,
  maxCategories: 5000,
  maxTermWords: 2,
  minTermRows: 2,
  maxTerms: 20_000,
  sublinear: true,
}

/** Bounds of the parameters. */
export const linearSchema: z.ZodType<LinearParameters> = z.strictObject({
  l2: z.number().nonnegative().max(1e9),
  textL2: z.number().nonnegative().max(1e9),
  maxIterations: z.int().positive().max(100_000),
  tolerance: z.number().positive().max(1),
  minCategoryRows: z.int().positive(),
  maxCategories: z.int().positive().max(100_000),
  maxTermWords: z.int().positive().max(5),
  minTermRows: z.int().positive(),
  maxTerms: z.int().positive().max(100_000),
  sublinear: z.boolean(),
})

/** Values that tuning may try. */
export const linearSearchSpace = { l2: [0.1, 1, 5, 20, 100], textL2: [0.01, 0.03, 0.1, 0.3, 1] } as const

/**
 * How features are made, for a model of so many outputs: of many classes fewer categories and terms, for each has one
 * weight a class and all are held in memory about twenty times while they are fitted.
 */
export function featureOptions(parameters: LinearParameters, outputs: number): FeatureOptions {
  const most = Math.floor(mostWeights / outputs)
  return {
    category: {
      minCount: parameters.minCategoryRows,
      maxCategories: Math.min(parameters.maxCategories, most),
    },
    text: {
      longest: parameters.maxTermWords,
      minDocuments: parameters.minTermRows,
      maxTerms: Math.min(parameters.maxTerms, most),
      sublinear: parameters.sublinear,
    },
  }
}

const mostWeights = 2_000_000

/** How weights are fitted. */
export function fitOptions({ maxIterations, tolerance }: LinearParameters): FitOptions {
  return { maxIterations, tolerance }
}
