/**
 * The messages of Triton's extensions of the protocol that Millrace answers (repository, statistics, configuration):
 * names and numbers of their fields. Fields that Millrace has nothing to say in are left out.
 * @see https://github.com/triton-inference-server/common (BSD-3-Clause), `protobuf/grpc_service.proto`, `model_config.proto`
 */
export const tritonMessages = {
  RepositoryIndexRequest: {
    fields: { repositoryName: { id: 1, type: 'string' }, ready: { id: 2, type: 'bool' } },
  },
  RepositoryIndexResponse: {
    fields: { models: { id: 1, rule: 'repeated', type: 'ModelIndex' } },
    nested: {
      ModelIndex: {
        fields: {
          name: { id: 1, type: 'string' },
          version: { id: 2, type: 'string' },
          state: { id: 3, type: 'string' },
          reason: { id: 4, type: 'string' },
        },
      },
    },
  },
  ModelRepositoryParameter: {
    oneofs: { choice: { oneof: ['boolParam', 'int64Param', 'stringParam', 'bytesParam'] } },
    fields: {
      boolParam: { id: 1, type: 'bool' },
      int64Param: { id: 2, type: 'int64' },
      stringParam: { id: 3, type: 'string' },
      bytesParam: { id: 4, type: 'bytes' },
    },
  },
  RepositoryModelLoadRequest: {
    fields: {
      repositoryName: { id: 1, type: 'string' },
      modelName: { id: 2, type: 'string' },
      parameters: { id: 3, keyType: 'string', type: 'ModelRepositoryParameter' },
    },
  },
  RepositoryModelLoadResponse: { fields: {} },
  RepositoryModelUnloadRequest: {
    fields: {
      repositoryName: { id: 1, type: 'string' },
      modelName: { id: 2, type: 'string' },
      parameters: { id: 3, keyType: 'string', type: 'ModelRepositoryParameter' },
    },
  },
  RepositoryModelUnloadResponse: { fields: {} },
  ModelStatisticsRequest: { fields: { name: { id: 1, type: 'string' }, version: { id: 2, type: 'string' } } },
  ModelStatisticsResponse: { fields: { modelStats: { id: 1, rule: 'repeated', type: 'ModelStatistics' } } },
  ModelStatistics: {
    fields: {
      name: { id: 1, type: 'string' },
      version: { id: 2, type: 'string' },
      lastInference: { id: 3, type: 'uint64' },
      inferenceCount: { id: 4, type: 'uint64' },
      executionCount: { id: 5, type: 'uint64' },
      inferenceStats: { id: 6, type: 'InferStatistics' },
      batchStats: { id: 7, rule: 'repeated', type: 'InferBatchStatistics' },
    },
  },
  StatisticDuration: { fields: { count: { id: 1, type: 'uint64' }, ns: { id: 2, type: 'uint64' } } },
  InferStatistics: {
    fields: {
      success: { id: 1, type: 'StatisticDuration' },
      fail: { id: 2, type: 'StatisticDuration' },
      queue: { id: 3, type: 'StatisticDuration' },
      computeInput: { id: 4, type: 'StatisticDuration' },
      computeInfer: { id: 5, type: 'StatisticDuration' },
      computeOutput: { id: 6, type: 'StatisticDuration' },
      cacheHit: { id: 7, type: 'StatisticDuration' },
      cacheMiss: { id: 8, type: 'StatisticDuration' },
    },
  },
  InferBatchStatistics: {
    fields: {
      batchSize: { id: 1, type: 'uint64' },
      computeInput: { id: 2, type: 'StatisticDuration' },
      computeInfer: { id: 3, type: 'StatisticDuration' },
      computeOutput: { id: 4, type: 'StatisticDuration' },
    },
  },
  ModelConfigRequest: { fields: { name: { id: 1, type: 'string' }, version: { id: 2, type: 'string' } } },
  ModelConfigResponse: { fields: { config: { id: 1, type: 'ModelConfig' } } },
  ModelConfig: {
    fields: {
      name: { id: 1, type: 'string' },
      platform: { id: 2, type: 'string' },
      maxBatchSize: { id: 4, type: 'int32' },
      input: { id: 5, rule: 'repeated', type: 'ModelInput' },
      output: { id: 6, rule: 'repeated', type: 'ModelOutput' },
      backend: { id: 17, type: 'string' },
    },
  },
  ModelInput: {
    fields: {
      name: { id: 1, type: 'string' },
      dataType: { id: 2, type: 'DataType' },
      dims: { id: 4, rule: 'repeated', type: 'int64' },
    },
  },
  ModelOutput: {
    fields: {
      name: { id: 1, type: 'string' },
      dataType: { id: 2, type: 'DataType' },
      dims: { id: 3, rule: 'repeated', type: 'int64' },
    },
  },
  DataType: {
    values: {
      TYPE_INVALID: 0,
      TYPE_BOOL: 1,
      TYPE_UINT8: 2,
      TYPE_UINT16: 3,
      TYPE_UINT32: 4,
      TYPE_UINT64: 5,
      TYPE_INT8: 6,
      TYPE_INT16: 7,
      TYPE_INT32: 8,
      TYPE_INT64: 9,
      TYPE_FP16: 10,
      TYPE_FP32: 11,
      TYPE_FP64: 12,
      TYPE_STRING: 13,
    },
  },
}
