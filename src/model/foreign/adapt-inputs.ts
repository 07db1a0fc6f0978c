import { attribute } from '../attribute.ts'
import { fail } from '../failures.ts'
import { GraphBuilder } from '../graph-builder.ts'
import { declareInputs, tensorTypeOf } from '../model-interface.ts'
import { tensorTypeNumbers, type TensorType } from '../onnx-schema.ts'
import type { Field } from '../schema.ts'
import type { ForeignValue } from './foreign-graph.ts'
import type { ColumnEntry, ForeignInterface } from './foreign-interface.ts'

/**
 * A graph that takes one tensor [N, 1] for each column and gives what another graph takes: columns by their names, in
 * whichever type of number it wants, or matrices of several.
 * @param options.nameOf what the tensor of an input is called in the whole graph
 * @throws {Failure} `model/unfitInput`
 */
export function adaptInputs(
  columns: readonly Field[],
  inputs: readonly ForeignValue[],
  options: { readonly known: ForeignInterface; readonly nameOf: (input: string) => string },
): GraphBuilder {
  const { known, nameOf } = options
  const graph = new GraphBuilder('inputs')
  declareInputs(graph, columns)
  const undeclared = Object.keys(known.inputs).find((name) => !inputs.some((input) => input.name === name))
  if (undeclared !== undefined)
    throw fail('unfitInput', `Cannot use the model: it has no input '${undeclared}'; it has ${names(inputs)}`)
  for (const input of inputs) {
    const adapter: Adapter = { graph, columns, input, type: typeOf(input) }
    const parts = entriesOf(adapter, known).map((entry) => part(adapter, entry))
    const matrix = parts.length === 1 ? (parts[0] as string) : graph.node('Concat', parts, { attributes: alongColumns })
    finish(adapter, matrix, nameOf(input.name))
  }
  return graph
}

interface Adapter {
  readonly graph: GraphBuilder
  readonly columns: readonly Field[]
  readonly input: ForeignValue
  readonly type: TensorType
}

const names = (list: readonly { readonly name: string }[]): string =>
  list.map(({ name }) => `'${name}'`).join(', ') || 'none'

function typeOf({ name, type }: ForeignValue): TensorType {
  if (type !== undefined) return type
  throw fail('unfitInput', `Cannot use the model: its input '${name}' is no tensor of numbers or texts`)
}

/** The columns that an input is made of: as was said, the one of its name, or all of the kind that it takes. */
function entriesOf({ columns, input, type }: Adapter, known: ForeignInterface): readonly ColumnEntry[] {
  const { name, shape } = input
  if (shape && shape.length > 2)
    throw fail('unfitInput', `Cannot use the model: its input '${name}' has ${shape.length} dimensions, at most 2 fit`)
  const said = Object.hasOwn(known.inputs, name) ? known.inputs[name] : undefined
  const width = shape?.length === 2 ? shape[1] : shape?.length === 1 ? 1 : undefined
  const own = columns.some((column) => column.name === name) && (width ?? 1) === 1
  const wanted = columns.filter((column) => isText(column) === (type === 'string')).map((column) => column.name)
  const entries = said ?? (own ? [name] : wanted)
  if (entries.length === 0 || (width !== undefined && width !== entries.length))
    throw fail(
      'unfitInput',
      `Cannot use the model: its input '${name}' has ${width ?? 'unknown'} columns, ${said ? 'interface.json names' : `the columns of ${type === 'string' ? 'texts' : 'numbers'} are`} ${entries.length}`,
    )
  return entries
}

/** One column as the type of the input, shape [N, 1]. */
function part({ graph, columns, input, type }: Adapter, entry: ColumnEntry): string {
  const { column: name, categories = null, unknown = null } = typeof entry === 'string' ? { column: entry } : entry
  const column = columns.find((one) => one.name === name)
  const attempt = `Cannot use the model: its input '${input.name}'`
  if (!column)
    throw fail('unfitInput', `${attempt} takes column '${name}', which is no input; those are ${names(columns)}`)
  if (!isText(column) && (type === 'string' || categories))
    throw fail('unfitInput', `${attempt} takes texts, its column '${name}' is ${column.type}`)
  if (!isText(column)) return toType(graph, name, { from: tensorTypeOf[column.type], to: type })
  if (categories) {
    const attributes = {
      keys_strings: attribute.texts(categories),
      values_floats: attribute.floats(categories.map((_, place) => place)),
      default_float: attribute.float(unknown ?? NaN),
    }
    const code = graph.node('LabelEncoder', [name], { domain: 'ai.onnx.ml', attributes })
    return toType(graph, code, { from: 'float', to: type })
  }
  if (type !== 'string')
    throw fail('unfitInput', `${attempt} takes numbers, its column '${name}' is ${column.type}: name its categories`)
  return name
}

/** Numbers of another type; where that has no NaN, a missing number is 0. */
function toType(graph: GraphBuilder, tensor: string, { from, to }: { from: TensorType; to: TensorType }): string {
  if (from === to) return tensor
  const isFloat = to === 'float' || to === 'double' || to === 'float16'
  const whole = isFloat
    ? tensor
    : graph.node('Where', [graph.node('IsNaN', [asFloat(graph, tensor, from)]), zero(graph, from), tensor])
  return graph.node('Cast', [whole], { attributes: { to: attribute.int(tensorTypeNumbers[to]) } })
}

const asFloat = (graph: GraphBuilder, tensor: string, from: TensorType): string =>
  from === 'float'
    ? tensor
    : graph.node('Cast', [tensor], { attributes: { to: attribute.int(tensorTypeNumbers.float) } })

const zero = (graph: GraphBuilder, type: TensorType): string => graph.constant(type, [1, 1], [0])

/** Gives the tensor the name and number of dimensions that the other graph expects. */
function finish({ graph, input, type }: Adapter, tensor: string, as: string): void {
  if (input.shape?.length === 1) graph.node('Reshape', [tensor, graph.constant('int64', [1], [-1])], { as })
  else graph.node('Identity', [tensor], { as })
  graph.output(as, type, [])
}

const isText = ({ type }: Field): boolean => type === 'categorical' || type === 'text'

const alongColumns = { axis: attribute.int(1) }
