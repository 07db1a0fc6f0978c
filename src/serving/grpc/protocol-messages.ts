/**
 * The messages of the Open Inference Protocol's gRPC form, package `inference`: names and numbers of its fields. The
 * request for inference stands in `infer-message.ts`.
 * @see https://github.com/kserve/open-inference-protocol (Apache-2.0), `specification/protocol/open_inference_grpc.proto`
 */
export const protocolMessages = {
  ServerLiveRequest: { fields: {} },
  ServerLiveResponse: { fields: { live: { id: 1, type: 'bool' } } },
  ServerReadyRequest: { fields: {} },
  ServerReadyResponse: { fields: { ready: { id: 1, type: 'bool' } } },
  ModelReadyRequest: { fields: { name: { id: 1, type: 'string' }, version: { id: 2, type: 'string' } } },
  ModelReadyResponse: { fields: { ready: { id: 1, type: 'bool' } } },
  ServerMetadataRequest: { fields: {} },
  ServerMetadataResponse: {
    fields: {
      name: { id: 1, type: 'string' },
      version: { id: 2, type: 'string' },
      extensions: { id: 3, rule: 'repeated', type: 'string' },
    },
  },
  ModelMetadataRequest: { fields: { name: { id: 1, type: 'string' }, version: { id: 2, type: 'string' } } },
  ModelMetadataResponse: {
    fields: {
      name: { id: 1, type: 'string' },
      versions: { id: 2, rule: 'repeated', type: 'string' },
      platform: { id: 3, type: 'string' },
      inputs: { id: 4, rule: 'repeated', type: 'TensorMetadata' },
      outputs: { id: 5, rule: 'repeated', type: 'TensorMetadata' },
    },
    nested: {
      TensorMetadata: {
        fields: {
          name: { id: 1, type: 'string' },
          datatype: { id: 2, type: 'string' },
          shape: { id: 3, rule: 'repeated', type: 'int64' },
        },
      },
    },
  },
  ModelInferResponse: {
    fields: {
      modelName: { id: 1, type: 'string' },
      modelVersion: { id: 2, type: 'string' },
      id: { id: 3, type: 'string' },
      parameters: { id: 4, keyType: 'string', type: 'InferParameter' },
      outputs: { id: 5, rule: 'repeated', type: 'InferOutputTensor' },
      rawOutputContents: { id: 6, rule: 'repeated', type: 'bytes' },
    },
    nested: {
      InferOutputTensor: {
        fields: {
          name: { id: 1, type: 'string' },
          datatype: { id: 2, type: 'string' },
          shape: { id: 3, rule: 'repeated', type: 'int64' },
          parameters: { id: 4, keyType: 'string', type: 'InferParameter' },
          contents: { id: 5, type: 'InferTensorContents' },
        },
      },
    },
  },
  InferParameter: {
    oneofs: { choice: { oneof: ['boolParam', 'int64Param', 'stringParam', 'doubleParam', 'uint64Param'] } },
    fields: {
      boolParam: { id: 1, type: 'bool' },
      int64Param: { id: 2, type: 'int64' },
      stringParam: { id: 3, type: 'string' },
      doubleParam: { id: 4, type: 'double' },
      uint64Param: { id: 5, type: 'uint64' },
    },
  },
  InferTensorContents: {
    fields: {
      boolContents: { id: 1, rule: 'repeated', type: 'bool' },
      intContents: { id: 2, rule: 'repeated', type: 'int32' },
      int64Contents: { id: 3, rule: 'repeated', type: 'int64' },
      uintContents: { id: 4, rule: 'repeated', type: 'uint32' },
      uint64Contents: { id: 5, rule: 'repeated', type: 'uint64' },
      fp32Contents: { id: 6, rule: 'repeated', type: 'float' },
      fp64Contents: { id: 7, rule: 'repeated', type: 'double' },
      bytesContents: { id: 8, rule: 'repeated', type: 'bytes' },
    },
  },
}
