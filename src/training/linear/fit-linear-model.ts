import type { Signature } from '#model'
import type { FeatureEncoder } from '../encode/feature-encoder.ts'
import { fitFeatures } from '../encode/feature-encoder.ts'
import { encodeFeatures } from '../encode/feature-matrix.ts'
import type { Projection } from '../encode/projection.ts'
import type { FittedModel, TrainingContext, TrainingData } from '../schema.ts'
import { fitWeights } from './fit-weights.ts'
import type { FittedWeights } from './fit-weights.ts'
import { linearImportance } from './importance.ts'
import { meanParts } from './linear-explanation.ts'
import { linearFile, scoreLinear } from './linear-model.ts'
import { featureOptions, fitOptions } from './linear-parameters.ts'
import type { LinearParameters } from './linear-parameters.ts'
import type { Loss } from './loss.ts'

/** What tells linear trainers apart. */
export interface LinearKind {
  readonly loss: Loss
  readonly classes: readonly string[]
  /** From the outputs that were fitted to those wanted: by · output + plus. */
  readonly rescale?: { readonly by: number; readonly plus: number }
}

/** Fits a linear model: encodes the table, fits the weights, and writes the file. */
export async function fitLinearModel(
  data: TrainingData,
  parameters: LinearParameters,
  how: { readonly kind: LinearKind; readonly context: TrainingContext },
): Promise<FittedModel> {
  const { kind, context } = how
  const { loss, classes } = kind
  const { encoder, textRows } = await fitFeatures(data.inputs, data.table, featureOptions(parameters, loss.outputs))
  const matrix = encodeFeatures(encoder, data.table, textRows)
  const totalWeight = rowWeights(data).reduce((sum, weight) => sum + weight, 0)
  const penalties = penaltiesOf(encoder, parameters)
  const fitted = await fitWeights({ matrix, loss, totalWeight, penalties }, fitOptions(parameters), context)
  const projection = projectionOf(fitted, { encoder, kind })
  const signature: Signature = { task: data.task, inputs: data.inputs, classes }
  const means = meanParts(data.inputs, { encoder, projection, matrix })
  const model = { signature, encoder, projection, means }
  return {
    onnx: linearFile(model),
    predict: (table) => scoreLinear(model, table),
    facts: {
      features: encoder.width,
      iterations: fitted.iterations,
      evaluations: fitted.evaluations,
      hasConverged: fitted.hasConverged,
      loss: fitted.value,
    },
    importance: linearImportance(
      data.inputs.map(({ name }) => name),
      model,
      matrix,
    ),
  }
}

/** Importance of each row, 1 where the data says nothing. */
export const rowWeights = (data: TrainingData): Float64Array =>
  data.weights ?? new Float64Array(data.table.rowCount).fill(1)

function penaltiesOf({ denseWidth, codedWidth, width }: FeatureEncoder, parameters: LinearParameters): Float64Array {
  const penalties = new Float64Array(width).fill(parameters.l2)
  return penalties.fill(parameters.textL2, denseWidth + codedWidth)
}

/** The fitted weights in the precision that the file holds them in, which is then the model's own. */
function projectionOf(
  { x }: FittedWeights,
  { encoder, kind }: { readonly encoder: FeatureEncoder; readonly kind: LinearKind },
): Projection {
  const { by, plus } = kind.rescale ?? { by: 1, plus: 0 }
  const { outputs } = kind.loss
  const interceptsFrom = (encoder.width + 1) * outputs
  return {
    outputs,
    weights: Float32Array.from(x.subarray(0, encoder.width * outputs), (weight) => by * weight),
    intercepts: Float32Array.from(x.subarray(interceptsFrom), (intercept) => by * intercept + plus),
  }
}
