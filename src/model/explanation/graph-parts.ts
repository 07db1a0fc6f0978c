import { modelProto, tensorTypeNumbers } from '../onnx-schema.ts'
import { fail } from '../failures.ts'

/** What an explanation reads out of a graph that a trainer wrote. */
export interface GraphParts {
  /**
   * The values of a float64 constant.
   * @throws {Failure} `model/noExplanation` when the graph has none of that name
   */
  constant(name: string): Float64Array
  /**
   * The attributes of the only operator of a type.
   * @throws {Failure} `model/noExplanation` when there is none
   */
  operator(type: string): OperatorAttributes
}

/** Attributes of an operator by name; empty where it has none of that name. */
export interface OperatorAttributes {
  ints(name: string): readonly number[]
  /** A tensor of float64 or of uint8. */
  tensor(name: string): Float64Array | Uint8Array
}

/** Decodes a graph; of a large file this takes as much memory again, until what is returned is let go. */
export function readGraphParts(bytes: Uint8Array): GraphParts {
  const { graph } = modelProto.toObject(modelProto.decode(bytes), { longs: Number }) as { graph: DecodedGraph }
  return {
    constant: (name) => {
      const found = graph.initializer?.find((tensor) => tensor.name === name)
      if (!found) throw fail('noExplanation', `Cannot explain the model: its graph has no constant '${name}'`)
      return valuesOf(found) as Float64Array
    },
    operator: (type) => {
      const found = graph.node?.find((node) => node.opType === type)
      if (!found) throw fail('noExplanation', `Cannot explain the model: its graph has no operator ${type}`)
      const attributes = new Map(found.attribute?.map((attribute) => [attribute.name, attribute]))
      return {
        ints: (name) => attributes.get(name)?.ints ?? [],
        tensor: (name) => valuesOf(attributes.get(name)?.t),
      }
    },
  }
}

interface DecodedTensor {
  readonly name?: string
  readonly dataType: number
  readonly rawData?: Uint8Array
}

interface DecodedAttribute {
  readonly name: string
  readonly ints?: readonly number[]
  readonly t?: DecodedTensor
}

interface DecodedGraph {
  readonly node?: readonly { readonly opType: string; readonly attribute?: readonly DecodedAttribute[] }[]
  readonly initializer?: readonly DecodedTensor[]
}

function valuesOf(tensor: DecodedTensor | undefined): Float64Array | Uint8Array {
  // Copied, since the bytes of a file stand at any address and numbers do not.
  const bytes = Uint8Array.from(tensor?.rawData ?? [])
  return tensor?.dataType === tensorTypeNumbers.uint8 ? bytes : new Float64Array(bytes.buffer)
}
