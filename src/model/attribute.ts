import type { TensorType } from './onnx-schema.ts'
import { tensorProto, utf8 } from './tensor-proto.ts'
import type { TensorData } from './tensor-proto.ts'

/** An operator's attribute: its value together with its ONNX type. Made by {@link attribute}. */
export type Attribute = Readonly<Record<string, unknown>> & { readonly type: number }

/** Makes the attributes of operators, one function for each ONNX attribute type. */
export const attribute = {
  float: (f: number): Attribute => ({ type: 1, f }),
  int: (i: number): Attribute => ({ type: 2, i }),
  text: (value: string): Attribute => ({ type: 3, s: utf8(value) }),
  /** @throws RangeError when the data does not fill the dimensions */
  tensor: (type: TensorType, dims: readonly number[], data: TensorData): Attribute => ({
    type: 4,
    t: tensorProto({ name: 'value', type, dims, data }),
  }),
  floats: (floats: ArrayLike<number>): Attribute => ({ type: 6, floats }),
  ints: (ints: ArrayLike<number>): Attribute => ({ type: 7, ints }),
  texts: (values: readonly string[]): Attribute => ({ type: 8, strings: values.map(utf8) }),
} as const
