import { fail } from '../failures.ts'
import type { ElementType, GraphValue } from '../open-session.ts'
import type { Field, Signature } from '../schema.ts'

/** What a system asks of a model: the columns that it may take, in their order, and the answers that it is to give. */
export interface WantedSignature extends Signature {
  /** Columns of a model of one matrix, where its file names them; else they are those of `inputs`. */
  readonly columns?: readonly string[] | undefined
}

/** How a graph of others becomes a model of a system. Plain JSON. */
export interface AdapterPlan {
  /** What the model takes and gives then. */
  readonly signature: Signature
  /** Inputs of the graph, each with the columns that it is made of. */
  readonly inputs: readonly {
    readonly name: string
    readonly type: NumberType | 'string'
    readonly columns: readonly string[]
  }[]
  /** The output with the probabilities or numbers. */
  readonly output: string
  /** Whether it is the probability of the second class alone. */
  readonly isOneProbability: boolean
}

type NumberType = 'float32' | 'float64'

/**
 * Finds how a graph answers for a system: its inputs are columns by name, [N, 1] each, or one matrix [N, columns]; its
 * output is `probabilities` [N, classes], in the order of the system's classes, or one number a row.
 * @throws {Failure} `model/doesNotFit` that says which input or output differs
 */
export function planAdapter(
  graph: { readonly inputs: readonly GraphValue[]; readonly outputs: readonly GraphValue[] },
  wanted: WantedSignature,
): AdapterPlan {
  const inputs = inputsOf(graph.inputs, wanted)
  const used = inputs.flatMap(({ columns }) => columns)
  const { task, classes } = wanted
  const output = outputOf(graph.outputs, wanted)
  return {
    signature: {
      task,
      classes,
      inputs: used.map((name) => wanted.inputs.find((field) => field.name === name) as Field),
    },
    inputs,
    output: output.name,
    isOneProbability: task === 'binary' && output.shape[1] !== 2,
  }
}

function inputsOf(inputs: readonly GraphValue[], wanted: WantedSignature): AdapterPlan['inputs'] {
  const fieldOf = (name: string): Field | undefined => wanted.inputs.find((field) => field.name === name)
  const [only] = inputs
  if (!only) throw misfit('it takes no input')
  if (inputs.length === 1 && !fieldOf(only.name)) return [matrixOf(only, wanted)]
  return inputs.map((input) => {
    const field = fieldOf(input.name)
    if (!field)
      throw misfit(`its input '${input.name}' is no column of the dataset, which has ${listed(wanted.inputs)}`)
    if (!variesByRow(input) || input.shape.length !== 2 || input.shape[1] !== 1)
      throw misfit(`its input '${input.name}' has the shape [${input.shape.join(', ')}], a column is [-1, 1]`)
    return { name: input.name, type: typeFor(input, field), columns: [input.name] }
  })
}

function matrixOf(input: GraphValue, wanted: WantedSignature): AdapterPlan['inputs'][number] {
  const columns = wanted.columns ?? wanted.inputs.map(({ name }) => name)
  const fields = columns.map((name) => {
    const field = wanted.inputs.find((one) => one.name === name)
    if (!field) throw misfit(`its column '${name}' is none of the dataset, which has ${listed(wanted.inputs)}`)
    return field
  })
  const repeated = columns.find((name, place) => columns.indexOf(name) !== place)
  if (repeated !== undefined) throw misfit(`its column '${repeated}' is there twice`)
  const width = input.shape[1]
  if (!variesByRow(input) || input.shape.length !== 2 || (width !== -1 && width !== columns.length))
    throw misfit(
      `its input '${input.name}' has the shape [${input.shape.join(', ')}], the columns ${listed(fields)} are [-1, ${columns.length}]`,
    )
  const [type] = fields.map((field) => typeFor(input, field))
  return { name: input.name, type: type as NumberType, columns }
}

function typeFor({ name, type }: GraphValue, field: Field): NumberType | 'string' {
  const isText = field.type === 'categorical' || field.type === 'text'
  if (isText && type === 'string') return type
  if (!isText && isNumber(type)) return type
  throw misfit(
    `its input '${name}' is ${type}, the ${field.type} column '${field.name}' is ${isText ? 'string' : 'float32 or float64'}`,
  )
}

function outputOf(outputs: readonly GraphValue[], { task, classes }: WantedSignature): GraphValue {
  const numbers = outputs.filter(({ type, shape }) => isNumber(type) && (shape[0] === -1 || shape.length === 0))
  const width = task === 'regression' ? 1 : classes.length
  const fits = ({ shape }: GraphValue): boolean =>
    shape.length === 1
      ? width === 1 || task === 'binary'
      : shape.length === 2 && (shape[1] === width || shape[1] === -1 || (task === 'binary' && shape[1] === 1))
  const named = numbers.find(({ name }) => (task === 'regression' ? name === 'prediction' : name === 'probabilities'))
  const fitting = named ? [named].filter(fits) : numbers.filter(fits)
  if (fitting.length === 1) return fitting[0] as GraphValue
  const found = outputs.map(({ name, type, shape }) => `'${name}' ${type} [${shape.join(', ')}]`).join(', ')
  const asked =
    task === 'regression'
      ? "one number a row, 'prediction' [-1, 1]"
      : `'probabilities' [-1, ${width}] of ${classes.map((name) => `'${name}'`).join(', ')}`
  throw misfit(`it gives ${found}, the ${task} task asks for ${asked}`)
}

const isNumber = (type: ElementType): type is NumberType => type === 'float32' || type === 'float64'
const variesByRow = ({ shape }: GraphValue): boolean => shape[0] === -1
const listed = (fields: readonly Field[]): string => fields.map(({ name, type }) => `'${name}' (${type})`).join(', ')
const misfit = (state: string) => fail('doesNotFit', `Cannot use the model for the system: ${state}`)
