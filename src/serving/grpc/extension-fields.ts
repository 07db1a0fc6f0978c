import type { ConfiguredTensor, ModelConfig } from '../inference/model-config.ts'
import type { ModelStatistics } from '../inference/schema.ts'
import { tritonMessages } from './triton-messages.ts'

/** The fields of a `ModelConfig`. */
export function configFields(config: ModelConfig): object {
  const numbered = (tensor: ConfiguredTensor) => ({
    ...tensor,
    dataType: tritonMessages.DataType.values[tensor.dataType],
  })
  return { ...config, input: config.input.map(numbered), output: config.output.map(numbered) }
}

/** The fields of a `ModelStatistics`. */
export function statisticsFields(statistics: ModelStatistics): object {
  const { name, version, lastInference, inferenceCount, executionCount, batches, ...stats } = statistics
  return {
    name,
    version,
    lastInference,
    inferenceCount,
    executionCount,
    inferenceStats: stats,
    batchStats: batches,
  }
}
