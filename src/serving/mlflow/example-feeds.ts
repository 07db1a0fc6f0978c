import type { GraphTensor, GraphValue } from '#model'
import { checkInputs, specOf } from '../inference/check-inputs.ts'
import { isObject } from './frame.ts'
import { readJson } from './read-json.ts'
import { jsonInputs } from './request-inputs.ts'

/**
 * The tensors that an example of a model's inputs gives its graph: a request of MLflow's scoring protocol, or the rows, data
 * frame or tensors that one is made of.
 * @throws {Failure} `serving/badInput` for one that no request of the model may be
 */
export function exampleFeeds(body: Buffer, inputs: readonly GraphValue[]): Readonly<Record<string, GraphTensor>> {
  const read = readJson(body)
  const { inputs: given } = jsonInputs(isRequest(read) ? read : requestOf(read), inputs.map(specOf))
  const tensors = checkInputs(inputs, given)
  return Object.fromEntries(inputs.map(({ name }, place) => [name, tensors[place] as GraphTensor]))
}

const isRequest = (read: unknown): boolean =>
  isObject(read) &&
  ['dataframe_split', 'dataframe_records', 'instances', 'inputs'].some((format) => Object.hasOwn(read, format))

const requestOf = (read: unknown): unknown =>
  isObject(read) && Array.isArray(read['data']) ? { dataframe_split: read } : { inputs: read }
