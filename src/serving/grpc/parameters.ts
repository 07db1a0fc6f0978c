import { fail } from '../failures.ts'
import type { Parameters } from '../inference/schema.ts'
import type { ParameterMessage, ParameterMessages } from './infer-message.ts'
import { numberOf } from './messages.ts'

/**
 * Reads the parameters of a request.
 * @throws {Failure} `serving/badInput` for one without a value, or an integer beyond 2⁵³
 */
export function readParameters(messages: ParameterMessages): Parameters {
  return Object.fromEntries(Object.entries(messages).map(([name, message]) => [name, valueOf(name, message)]))
}

/** Writes the parameters of an answer. */
export function parameterMessages(parameters: Parameters): Record<string, object> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, messageOf(value)]))
}

function valueOf(name: string, message: ParameterMessage): string | number | boolean {
  const { boolParam, stringParam, doubleParam } = message
  const long = message.int64Param ?? message.uint64Param
  const value = long ? numberOf(long) : (boolParam ?? stringParam ?? doubleParam)
  if (value === undefined || (long && !Number.isSafeInteger(value)))
    throw fail(
      'badInput',
      `Cannot read the request: its parameter '${name}' ${long ? 'is beyond 2^53' : 'has no value'}`,
    )
  return value
}

function messageOf(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringParam: value }
  if (typeof value === 'boolean') return { boolParam: value }
  return Number.isSafeInteger(value) ? { int64Param: value } : { doubleParam: value }
}
