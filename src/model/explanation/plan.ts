import { z } from 'zod'
import { fail } from '../failures.ts'
import { readMetadata } from '../signature.ts'

/** Name of the metadata property that says how a file's scores come about, as JSON. */
export const explanationKey = 'millrace.explanation'

/**
 * How a file's scores come about, by the names of tensors in its own graph: what an explanation needs beside the graph.
 * It is written by trainers and travels as metadata property `millrace.explanation`.
 *
 * `score` is the float64 tensor [N, K] of raw scores: log odds of the positive class (binary), one margin per class
 * (multiclass), the number itself (regression).
 */
export type ExplanationPlan = NoExplanation | TreesExplanation | LinearExplanation

/** A model whose answers are not a sum over its inputs: a baseline or a rule. */
export interface NoExplanation {
  readonly kind: 'none'
}

/** A sum of trees, which stand in the graph as its one TreeEnsemble. */
export interface TreesExplanation {
  readonly kind: 'trees'
  readonly score: string
  /** float32 tensor [N, features] that the trees read; not looked at where there are no trees. */
  readonly features: string
  /** Place of the input that each feature is made of, shape [features]. */
  readonly featureInputs: readonly number[]
  /** Score before any tree, shape [K]. */
  readonly initial: readonly number[]
  /** Training rows in each leaf, in the order of the operator's leaves. */
  readonly leafRows: readonly number[]
}

/** A sum of parts, each a linear function of features of one input, and intercepts. */
export interface LinearExplanation {
  readonly kind: 'linear'
  readonly score: string
  readonly parts: readonly LinearPart[]
  /** Shape [K]. */
  readonly intercepts: readonly number[]
  /** Mean over the training rows of what all features of an input add, row-major [inputs × K]. */
  readonly means: readonly number[]
}

/** Terms of a linear model that stand in one tensor. */
export type LinearPart =
  | {
      readonly kind: 'product'
      /** float64 tensor [N, columns] */
      readonly tensor: string
      /** float64 constant [columns, K] that it is multiplied by. */
      readonly weights: string
      /** Place of the input that each column is made of, shape [columns]. */
      readonly inputs: readonly number[]
    }
  | {
      readonly kind: 'sums'
      /** float64 tensor [N, slots, K], or [N, K] of one slot: what each slot adds. */
      readonly tensor: string
      /** Place of the input of each slot, shape [slots]. */
      readonly inputs: readonly number[]
    }

const place = z.int().nonnegative()
const places = z.array(place)
const numbers = z.array(z.number())

const planSchema: z.ZodType<ExplanationPlan> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('trees'),
    score: z.string(),
    features: z.string(),
    featureInputs: places,
    initial: numbers,
    leafRows: numbers,
  }),
  z.object({
    kind: z.literal('linear'),
    score: z.string(),
    parts: z.array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('product'), tensor: z.string(), weights: z.string(), inputs: places }),
        z.object({ kind: z.literal('sums'), tensor: z.string(), inputs: places }),
      ]),
    ),
    intercepts: numbers,
    means: numbers,
  }),
])

/**
 * The plan inside an ONNX file.
 * @throws {Failure} `model/unreadable` when the bytes are not an ONNX file
 * @throws {Failure} `model/noExplanation` when the file has none, or one of another form
 * @throws {Failure} `model/unexplainable` when it says that there is nothing to explain
 */
export function readExplanationPlan(bytes: Uint8Array): TreesExplanation | LinearExplanation {
  const text = readMetadata(bytes)[explanationKey]
  if (text === undefined)
    throw fail('noExplanation', `Cannot explain the model: its file has no metadata property '${explanationKey}'`)
  const parsed = planSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error).replaceAll('\n', ' ')
    throw fail('noExplanation', `Cannot explain the model: its property '${explanationKey}' is not understood: ${why}`)
  }
  if (parsed.data.kind === 'none')
    throw fail('unexplainable', 'Cannot explain the model: its answers are not a sum over its inputs')
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
