import type { Datatype, ModelMetadata } from './schema.ts'

/** A model's configuration as Triton's extension gives it. */
export interface ModelConfig {
  readonly name: string
  readonly platform: 'onnxruntime_onnx'
  readonly backend: 'onnxruntime'
  /** 0: the dimensions are those of whole tensors, the rows among them. */
  readonly maxBatchSize: 0
  readonly input: readonly ConfiguredTensor[]
  readonly output: readonly ConfiguredTensor[]
}

/** A tensor of a configuration. */
export interface ConfiguredTensor {
  readonly name: string
  readonly dataType: ConfiguredType
  readonly dims: readonly number[]
}

/** Triton's name of a datatype where it configures models. */
export type ConfiguredType = `TYPE_${Exclude<Datatype, 'BYTES'>}` | 'TYPE_STRING'

/** The configuration of a model, as far as its metadata tells it. */
export function modelConfig({ name, inputs, outputs }: ModelMetadata): ModelConfig {
  const configured = (tensors: ModelMetadata['inputs']) =>
    tensors.map(({ name, datatype, shape }) => ({
      name,
      dataType: datatype === 'BYTES' ? ('TYPE_STRING' as const) : (`TYPE_${datatype}` as const),
      dims: shape,
    }))
  return {
    name,
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    maxBatchSize: 0,
    input: configured(inputs),
    output: configured(outputs),
  }
}
