import type { Attribute } from './attribute.ts'
import { explanationKey } from './explanation/plan.ts'
import type { ExplanationPlan } from './explanation/plan.ts'
import { modelProto, tensorTypeNumbers } from './onnx-schema.ts'
import type { TensorType } from './onnx-schema.ts'
import type { Signature } from './schema.ts'
import { batchRowsKey, signatureKey } from './signature.ts'
import { tensorProto } from './tensor-proto.ts'
import type { TensorData, TensorProto } from './tensor-proto.ts'

/** The operator sets of a file, by domain ('' is ONNX itself). */
export type Opsets = Readonly<Record<string, number>>

/** What an operator takes beside its inputs. */
export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>
  /** '' (ONNX) where absent, `ai.onnx.ml` or `com.microsoft`. */
  readonly domain?: string
  /** Name of the (first) output, where it has to have a certain one. */
  readonly as?: string
}

/**
 * Writes an ONNX file, operator by operator. Tensors go by name: every method that makes one returns its name.
 *
 * @example
 * const graph = new GraphBuilder('double')
 * const x = graph.input('x', 'float', ['N', 1])
 * graph.node('Add', [x, x], { as: 'y' })
 * graph.output('y', 'float', ['N', 1])
 * const bytes = graph.build({ signature })
 */
export class GraphBuilder {
  readonly #name: string
  readonly #nodes: NodeProto[] = []
  readonly #constants: TensorProto[] = []
  readonly #inputs: ValueProto[] = []
  readonly #outputs: ValueProto[] = []
  #made = 0

  constructor(name: string) {
    this.#name = name
  }

  /** Declares an input; a dimension is a number, or a name where it varies. */
  input(name: string, type: TensorType, dims: readonly (number | string)[]): string {
    this.#inputs.push(valueProto(name, type, dims))
    return name
  }

  /** Declares the tensor of that name as an output. */
  output(name: string, type: TensorType, dims: readonly (number | string)[]): void {
    this.#outputs.push(valueProto(name, type, dims))
  }

  /**
   * Stores a tensor of constants.
   * @throws RangeError when the data does not fill the dimensions
   */
  constant(type: TensorType, dims: readonly number[], data: TensorData): string {
    const name = this.#next('constant')
    this.#constants.push(tensorProto({ name, type, dims, data }))
    return name
  }

  /** Adds an operator of one output (or of which only the first is wanted) and returns the name of that. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const output = options.as ?? this.#next('tensor')
    this.#add({ opType, inputs, outputs: [output], options })
    return output
  }

  /** Adds an operator of several outputs: pass their names, or how many there are. */
  nodes(
    opType: string,
    inputs: readonly string[],
    options: Omit<NodeOptions, 'as'> & { readonly outputs: readonly string[] | number },
  ): string[] {
    const wanted = options.outputs
    const outputs =
      typeof wanted === 'number' ? Array.from({ length: wanted }, () => this.#next('tensor')) : [...wanted]
    this.#add({ opType, inputs, outputs, options })
    return outputs
  }

  /**
   * The file's bytes; operators and constants that no output needs are left out.
   * @param options.signature what the model takes and gives; only a graph that is no model of its own (a step run
   * while training) goes without
   * @param options.explanation how its scores come about, by the names of its tensors; of a file without it nothing can
   * be explained
   * @param options.batchRows rows to run at a time, where the graph makes something wide of each; 8192 where absent
   * @param options.opsets versions that differ from these: ONNX 20, ai.onnx.ml 5, com.microsoft 1
   */
  build(options: {
    readonly signature?: Signature
    readonly explanation?: ExplanationPlan
    readonly batchRows?: number
    readonly opsets?: Opsets
  }): Uint8Array {
    const versions = { ...defaultOpsets, ...options.opsets }
    const { nodes, constants } = neededParts(this.#nodes, this.#constants, this.#outputs)
    const domains = new Set(['', ...nodes.map((node) => node.domain)])
    const model = {
      irVersion: 10,
      producerName: 'millrace',
      opsetImport: [...domains].map((domain) => ({ domain, version: versions[domain] })),
      metadataProps: [
        ...(options.signature ? [{ key: signatureKey, value: JSON.stringify(options.signature) }] : []),
        ...(options.explanation ? [{ key: explanationKey, value: JSON.stringify(options.explanation) }] : []),
        ...(options.batchRows ? [{ key: batchRowsKey, value: String(options.batchRows) }] : []),
      ],
      graph: {
        name: this.#name,
        node: nodes,
        initializer: constants,
        input: this.#inputs,
        output: this.#outputs,
      },
    }
    return modelProto.encode(model).finish().slice()
  }

  #add(node: { opType: string; inputs: readonly string[]; outputs: readonly string[]; options: NodeOptions }): void {
    const { attributes = {}, domain = '' } = node.options
    this.#nodes.push({
      opType: node.opType,
      domain,
      name: `${node.opType}_${this.#nodes.length}`,
      input: node.inputs,
      output: node.outputs,
      attribute: Object.entries(attributes).map(([name, value]) => ({ ...value, name })),
    })
  }

  #next(prefix: string): string {
    // A column may bear any name, but hardly one of these.
    return `~${prefix}${this.#made++}`
  }
}

/** The operator sets that graphs are written against; onnxruntime 1.30 runs all of them. */
const defaultOpsets: Opsets = { '': 20, 'ai.onnx.ml': 5, 'com.microsoft': 1 }

interface NodeProto {
  readonly opType: string
  readonly domain: string
  readonly name: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly (Attribute & { readonly name: string })[]
}

interface ValueProto {
  readonly name: string
  readonly type: object
}

/** What the outputs are computed from. Nodes stand in the order they were added, so each after its inputs. */
function neededParts(nodes: readonly NodeProto[], constants: readonly TensorProto[], outputs: readonly ValueProto[]) {
  const needed = new Set(outputs.map((output) => output.name))
  const kept = nodes.toReversed().filter((node) => {
    if (!node.output.some((name) => needed.has(name))) return false
    for (const name of node.input) needed.add(name)
    return true
  })
  return { nodes: kept.toReversed(), constants: constants.filter((constant) => needed.has(constant.name)) }
}

function valueProto(name: string, type: TensorType, dims: readonly (number | string)[]): ValueProto {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }))
  return { name, type: { tensorType: { elemType: tensorTypeNumbers[type], shape: { dim } } } }
}
