import { fail } from '../failures.ts'
import type { Parameters, TensorSpec, TensorValue } from '../inference/schema.ts'
import { isObject, recordsFrame, splitFrame, type Frame } from './frame.ts'
import { nestedTensor } from './nested-tensor.ts'

/** What a request gives a model. */
export interface RequestInputs {
  readonly inputs: readonly TensorValue[]
  readonly parameters: Parameters
  /** Whether it was a data frame: then the answer is one. */
  readonly isFrame: boolean
}

/**
 * Reads the JSON of a request: exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`, and
 * `params`, whose values are strings, numbers and booleans.
 * @throws {Failure} `serving/badInput`
 */
export function jsonInputs(body: unknown, specs: readonly TensorSpec[]): RequestInputs {
  if (!isObject(body)) throw fail('badInput', `Cannot read the request: it is not an object`, { remedy: oneKey })
  const keys = formats.filter((key) => Object.hasOwn(body, key))
  const [key] = keys
  if (key === undefined || keys.length > 1)
    throw fail(
      'badInput',
      `Cannot read the request: it has ${keys.length === 0 ? 'none' : keys.join(' and ')} of the fields of inputs`,
      {
        remedy: oneKey,
      },
    )
  const isFrame = key === 'dataframe_split' || key === 'dataframe_records'
  const inputs = isFrame
    ? frameInputs(key === 'dataframe_split' ? splitFrame(body[key]) : recordsFrame(body[key]), specs)
    : tensorInputs(key, body[key], specs)
  return { inputs, parameters: parametersOf(body['params']), isFrame }
}

/**
 * The inputs of a model in a data frame. A model of several inputs takes the columns of their names, and others are
 * passed over; a model of one takes all columns side by side, whatever their names.
 * @throws {Failure} `serving/badInput` when a column is not there, or holds what the input cannot
 */
export function frameInputs(frame: Frame, specs: readonly TensorSpec[]): readonly TensorValue[] {
  const { columns, rows, isText } = frame
  if (rows.length === 0) throw fail('badInput', 'Cannot read the request: its data frame has no rows')
  const [only] = specs
  if (only && specs.length === 1 && !(only.shape[1] === 1 && columns.includes(only.name))) {
    const isList = only.shape.length === 1 && columns.length === 1
    return [nestedTensor(only, isList ? rows.map((row) => row[0]) : rows, { isText })]
  }
  const absent = specs.filter(({ name }) => !columns.includes(name)).map(({ name }) => `'${name}'`)
  if (absent.length > 0)
    throw fail('badInput', `Cannot read the request: its data frame lacks the columns ${absent.join(', ')}`)
  return specs.map((spec) => {
    const place = columns.indexOf(spec.name)
    if (columns.includes(spec.name, place + 1))
      throw fail('badInput', `Cannot read the request: its data frame has the column '${spec.name}' twice`)
    return nestedTensor(
      spec,
      rows.map((row) => row[place]),
      { isText },
    )
  })
}

const formats = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const

const oneKey = `Send an object with exactly one of the fields ${formats.join(', ')}`

/** TensorFlow Serving's forms: rows that are values or objects, or a tensor or several by name. */
function tensorInputs(key: string, value: unknown, specs: readonly TensorSpec[]): readonly TensorValue[] {
  const rows = Array.isArray(value) && isObject(value[0]) ? columnsOf(key, value) : undefined
  if (!rows && !isObject(value)) {
    const [only] = specs
    if (!only || specs.length > 1)
      throw fail('badInput', `Cannot read the request: '${key}' is one tensor, but the model takes ${specs.length}`, {
        remedy: `Send an object with the tensors ${specs.map(({ name }) => name).join(', ')}`,
      })
    return [nestedTensor(only, value)]
  }
  const named: Readonly<Record<string, unknown>> = rows ?? (value as Readonly<Record<string, unknown>>)
  const extra = Object.keys(named).find((name) => !specs.some((spec) => spec.name === name))
  if (extra !== undefined) throw fail('badInput', `Cannot read the request: the model has no input '${extra}'`)
  return specs.map((spec) => {
    if (!Object.hasOwn(named, spec.name))
      throw fail('badInput', `Cannot read the request: '${key}' lacks the input '${spec.name}'`)
    return nestedTensor(spec, named[spec.name])
  })
}

/** The columns of rows that are objects, which must have the same fields each. */
function columnsOf(key: string, rows: readonly unknown[]): Readonly<Record<string, readonly unknown[]>> {
  const names = Object.keys(rows[0] as object)
  for (const [k, row] of rows.entries())
    if (!isObject(row) || Object.keys(row).length !== names.length || names.some((name) => !Object.hasOwn(row, name)))
      throw fail('badInput', `Cannot read the request: item ${k} of '${key}' has other fields than the first`)
  return Object.fromEntries(
    names.map((name) => [name, rows.map((row) => (row as Readonly<Record<string, unknown>>)[name])]),
  )
}

function parametersOf(params: unknown): Parameters {
  if (params === undefined || params === null) return {}
  if (!isObject(params)) throw fail('badInput', "Cannot read the request: 'params' is not an object")
  const entries = Object.entries(params).filter(([, value]) => value !== null)
  const wrong = entries.find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value))
  if (wrong)
    throw fail('badInput', `Cannot read the request: the parameter '${wrong[0]}' is no string, number or boolean`)
  return Object.fromEntries(entries) as Parameters
}
