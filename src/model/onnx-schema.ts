import protobuf from 'protobufjs/light.js'

/**
 * The part of the ONNX file format that Millrace writes: message and field names and numbers of `onnx-ml.proto`.
 *
 * Repeated numbers are packed, as in the proto3 form of the schema; readers of the proto2 form accept both.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx-ml.proto (Apache-2.0)
 */
const descriptor = {
  nested: {
    onnx: {
      nested: {
        ModelProto: {
          fields: {
            irVersion: { id: 1, type: 'int64' },
            producerName: { id: 2, type: 'string' },
            graph: { id: 7, type: 'GraphProto' },
            opsetImport: { id: 8, rule: 'repeated', type: 'OperatorSetIdProto' },
            metadataProps: { id: 14, rule: 'repeated', type: 'StringStringEntryProto' },
          },
        },
        OperatorSetIdProto: {
          fields: { domain: { id: 1, type: 'string' }, version: { id: 2, type: 'int64' } },
        },
        StringStringEntryProto: {
          fields: { key: { id: 1, type: 'string' }, value: { id: 2, type: 'string' } },
        },
        GraphProto: {
          fields: {
            node: { id: 1, rule: 'repeated', type: 'NodeProto' },
            name: { id: 2, type: 'string' },
            initializer: { id: 5, rule: 'repeated', type: 'TensorProto' },
            input: { id: 11, rule: 'repeated', type: 'ValueInfoProto' },
            output: { id: 12, rule: 'repeated', type: 'ValueInfoProto' },
          },
        },
        NodeProto: {
          fields: {
            input: { id: 1, rule: 'repeated', type: 'string' },
            output: { id: 2, rule: 'repeated', type: 'string' },
            name: { id: 3, type: 'string' },
            opType: { id: 4, type: 'string' },
            attribute: { id: 5, rule: 'repeated', type: 'AttributeProto' },
            domain: { id: 7, type: 'string' },
          },
        },
        AttributeProto: {
          fields: {
            name: { id: 1, type: 'string' },
            f: { id: 2, type: 'float' },
            i: { id: 3, type: 'int64' },
            s: { id: 4, type: 'bytes' },
            t: { id: 5, type: 'TensorProto' },
            floats: { id: 7, rule: 'repeated', type: 'float', options: { packed: true } },
            ints: { id: 8, rule: 'repeated', type: 'int64', options: { packed: true } },
            strings: { id: 9, rule: 'repeated', type: 'bytes' },
            type: { id: 20, type: 'int32' },
          },
        },
        TensorProto: {
          fields: {
            dims: { id: 1, rule: 'repeated', type: 'int64', options: { packed: true } },
            dataType: { id: 2, type: 'int32' },
            stringData: { id: 6, rule: 'repeated', type: 'bytes' },
            name: { id: 8, type: 'string' },
            rawData: { id: 9, type: 'bytes' },
            externalData: { id: 13, rule: 'repeated', type: 'StringStringEntryProto' },
          },
        },
        ValueInfoProto: {
          fields: { name: { id: 1, type: 'string' }, type: { id: 2, type: 'TypeProto' } },
        },
        TypeProto: {
          fields: { tensorType: { id: 1, type: 'TensorTypeProto' } },
        },
        TensorTypeProto: {
          fields: { elemType: { id: 1, type: 'int32' }, shape: { id: 2, type: 'TensorShapeProto' } },
        },
        TensorShapeProto: {
          fields: { dim: { id: 1, rule: 'repeated', type: 'DimensionProto' } },
        },
        DimensionProto: {
          fields: { dimValue: { id: 1, type: 'int64' }, dimParam: { id: 2, type: 'string' } },
        },
      },
    },
  },
}

/** Reads and writes the bytes of an ONNX file. */
export const modelProto: protobuf.Type = protobuf.Root.fromJSON(descriptor).lookupType('onnx.ModelProto')

/** Reads and writes the pairs of an ONNX file's metadata. */
export const metadataEntryProto: protobuf.Type = modelProto.root.lookupType('onnx.StringStringEntryProto')

/** Reads the name and type of an input or output. */
export const valueInfoProto: protobuf.Type = modelProto.root.lookupType('onnx.ValueInfoProto')

/** Reads an operator. */
export const nodeProto: protobuf.Type = modelProto.root.lookupType('onnx.NodeProto')

/** Reads a tensor. */
export const tensorProtoType: protobuf.Type = modelProto.root.lookupType('onnx.TensorProto')

/** Reads and writes the version of a set of operators. */
export const opsetProto: protobuf.Type = modelProto.root.lookupType('onnx.OperatorSetIdProto')

/** Field number of `ModelProto.metadata_props`. */
export const metadataField = 14

/** Numbers of the tensor types, `TensorProto.DataType`. */
export const tensorTypeNumbers = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
} as const

/** The tensor types that a graph can take and give. */
export type TensorType = keyof typeof tensorTypeNumbers
